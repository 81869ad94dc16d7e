"""Which tools of an MCP server a request calls: read as the server will read it, or refused. Pure.

MCP's streamable HTTP is JSON-RPC 2.0 in the bodies of POST; GET listens and DELETE ends a session. Where a list says
which tools may be called, what has two readings is refused: a name that stands twice or differs in case only (Go's
parser takes it), text that is not UTF-8, another method, a body where none belongs, headers that say what the body does
not.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.model import Asked, Provider, Refusal, Token, WireProtocol

Headers = Sequence[tuple[bytes, bytes]]
List = tuple[str, tuple[str, ...]]
"""Whose it is, and its entries: ``github/create_issue``, ``github/list_*``, ``*/search``, ``github:resources/*``."""

_WITHOUT_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")
_ALWAYS = ("initialize", "server/discover", "ping", "tools/list", "logging/setLevel")
"""Without these no client comes to call anything; so are notifications, and answers to what the server asks."""
_CALL = "tools/call"
_READ = frozenset({"jsonrpc", "id", "method", "params", "result", "error", "name", "arguments"})

_METHOD, _NAME = b"mcp-method", b"mcp-name"
"""Later versions repeat the message's method and the tool's name in these, and servers may go by them."""

_UNREADABLE = "mcp-unreadable"
_AMBIGUOUS = Refusal(400, "mcp-ambiguous", "The message can be read in two ways, and a list of tools applies.")


class _Refused(Exception):  # it is no error of ours
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Message:
    """A method, or the tool that ``tools/call`` names."""

    method: str
    tool: str | None = None

    @property
    def is_always_open(self) -> bool:
        return self.method in _ALWAYS or self.method.startswith("notifications/")


def lists_for(token: Token, provider: Provider) -> tuple[List, ...]:
    """All of which must have what is called; none: nothing is read."""
    if provider.protocol is not WireProtocol.MCP:
        return ()
    own = tuple(f"{provider.slug}{tool if tool.startswith(':') else f'/{tool}'}" for tool in provider.tools)
    return (("server", own), *token.tools) if own else token.tools


def judge(lists: Sequence[List], asked: Asked, headers: Headers = ()) -> Refusal | None:
    """None: it passes. ``asked.body`` was read whole."""
    server = asked.provider
    closed = next((whose for whose, entries in lists if not any(_is_of(entry, server) for entry in entries)), None)
    if closed:
        return _not_listed(closed, f"nothing of {server}")
    try:
        messages = _read(asked)
        _refuse_disagreement(messages, headers)
    except _Refused as refused:
        return refused.refusal
    for message in messages:
        for whose, entries in lists:
            if not message.is_always_open and not any(_admits(entry, server, message) for entry in entries):
                return _not_listed(whose, f"no “{(message.tool or message.method)[:80]}” of {server}")
    return None


def _read(asked: Asked) -> list[Message]:
    if asked.websocket:
        raise _Refused(_unread("What passes in a WebSocket is not read"))
    if asked.method in _WITHOUT_BODY and not asked.body:
        return []
    kind, _, parameter = asked.content_type.partition(";")
    charset = parameter.strip().lower()
    if asked.method != "POST" or kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise _Refused(_unread("Messages are sent by POST, as JSON in UTF-8"))
    said = _document(asked.body or b"")
    return [_message(each) for each in (said if isinstance(said, list) else [said])]


def _refuse_disagreement(messages: Sequence[Message], headers: Headers) -> None:
    """A header with an underscore is the same one to servers that make variables of headers."""
    plain = [(name.replace(b"_", b"-"), value) for name, value in headers if name.startswith(b"mcp")]
    mirrors = [each for each in plain if each[0] in (_METHOD, _NAME)]
    if not mirrors:
        return
    said = dict(mirrors)
    if len(said) != len(mirrors) or len(messages) != 1:
        raise _Refused(_AMBIGUOUS)
    [message] = messages
    same_method = _METHOD not in said or _text(said[_METHOD]) == message.method
    same_name = _NAME not in said or message.tool is None or _text(said[_NAME]) == message.tool
    if not (same_method and same_name):
        raise _Refused(_AMBIGUOUS)


def _text(value: bytes) -> str | None:
    """As it stands, or ``=?base64?…?=`` around what no header can hold. None: neither."""
    text = value.decode("latin-1")
    if not (text.startswith("=?base64?") and text.endswith("?=")):
        return text
    try:
        return base64.b64decode(text[len("=?base64?") : -len("?=")], validate=True).decode()
    except ValueError:
        return None


def _document(body: bytes) -> Any:
    try:
        orjson.loads(body)
        return json.loads(body.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):  # orjson's and json's own are among the first
        raise _Refused(_unread("The body is no JSON in UTF-8")) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused(_AMBIGUOUS)
    return made


def _message(said: Any) -> Message:
    _refuse_likeness(said)
    method = said.get("method")
    if method is None and ("result" in said or "error" in said):
        return Message("notifications/answer")
    if not isinstance(method, str):
        raise _Refused(_unread("A message has no method"))
    if method != _CALL:
        return Message(method)
    params = said.get("params")
    _refuse_likeness(params)
    if not isinstance(params.get("name"), str):
        raise _Refused(_unread("A call names no tool"))
    return Message(method, params["name"])


def _refuse_likeness(part: Any) -> None:
    if not isinstance(part, dict):
        raise _Refused(_unread("A message and its parameters are JSON objects"))
    if any(name not in _READ and name.casefold() in _READ for name in part):
        raise _Refused(_AMBIGUOUS)


def _is_of(entry: str, server: str) -> bool:
    return entry.startswith(("*/", "*:", f"{server}/", f"{server}:"))


def _admits(entry: str, server: str, message: Message) -> bool:
    mark = ":" if message.tool is None else "/"
    wanted = message.method if message.tool is None else message.tool
    return any(_is_one(entry, f"{whose}{mark}", wanted) for whose in ("*", server))


def _is_one(entry: str, beginning: str, wanted: str) -> bool:
    if not entry.startswith(beginning):
        return False
    rest = entry.removeprefix(beginning)
    return wanted.startswith(rest[:-1]) if rest.endswith("*") else wanted == rest


def _not_listed(whose: str, what: str) -> Refusal:
    return Refusal(403, "mcp-tool", f"The {whose}'s list of tools has {what}.", "An admin can add it to the list.")


def _unread(why: str) -> Refusal:
    return Refusal(400, _UNREADABLE, f"{why}, and a list of tools applies.")
