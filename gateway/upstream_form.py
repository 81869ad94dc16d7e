"""What an organization may say of an upstream of its own: the input made clean."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gateway.destinations import presets, written
from gateway.model import Base, Slot, Style, WireProtocol
from keyvault.egress import admissions
from keyvault.networks import is_public, is_within, parse_address
from orgs.names import RESERVED, clean_each, clean_name, clean_slug, invalid

PURPOSE = "gateway"  # of operators' admissions, see keyvault/egress.py
ERRORS = ("openai", "anthropic", "google", "jsonrpc")
PROTOCOLS = tuple(map(str, WireProtocol))
USAGES = ("", "openai", "anthropic", "gemini", "cohere")
SLOTS = "bearer, token, raw, header:<name>, basic-user, basic-password:<field>, query:<name>"
BASE_LIMIT = 300  # characters
PATH_LIMIT = 255

_URL = re.compile(r"https?://(?:(?![\\?#@])[!-~])+")
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_PATH = re.compile(r"/|(?:/(?:\*|(?!\.{1,2}(?:/|$))[A-Za-z0-9._~:@+-]+))+")
_TOOL = re.compile(r":?[^\s*:\x00-\x20\x7f][^\s*\x00-\x20\x7f]{0,127}\*?")
_HEADER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_OURS = frozenset(
    "accept accept-encoding connection content-encoding content-length content-type cookie date expect forwarded host"
    " idempotency-key keep-alive origin referer te trailer transfer-encoding upgrade user-agent via".split()
)
_FAMILIES = ("access-control-", "proxy-", "sec-", "x-forwarded", "x-kv-", "x-vault-")


@dataclass(frozen=True, slots=True)
class Shape:
    """All that may change of it later."""

    title: str
    slots: tuple[str, ...]
    also: Mapping[str, str]
    paths: tuple[str, ...]
    denied: tuple[str, ...]
    websocket: bool
    protocol: str
    tools: tuple[str, ...]
    errors: str
    usage: str


def clean_shape(
    *,
    title: str,
    slots: Collection[str],
    also: Mapping[str, str],
    paths: Collection[str],
    denied: Collection[str],
    websocket: bool,
    protocol: str,
    tools: Collection[str],
    errors: str,
    usage: str,
) -> Shape:
    """``slots`` keep their order: the first is where a key goes that came elsewhere. Raises Invalid."""
    if errors not in ERRORS:
        raise invalid("errors", f"One of {', '.join(ERRORS)}.")
    if usage not in USAGES:
        raise invalid("usage", f"One of {', '.join(filter(None, USAGES))}, or nothing.")
    if protocol not in PROTOCOLS:
        raise invalid("protocol", f"One of {', '.join(PROTOCOLS)}.")
    if tools and protocol != WireProtocol.MCP:
        raise invalid("tools", "Only an MCP server has tools.")
    if not paths:
        raise invalid("paths", "Which paths may be asked? / is every one.")
    return Shape(
        title=clean_name(title, field="title"),
        slots=_slots(slots),
        also=_also(also),
        paths=clean_each("paths", paths, _path),
        denied=clean_each("denied", denied, _path),
        websocket=websocket,
        protocol=protocol,
        tools=clean_each("tools", tools, _tool),
        errors=errors,
        usage=usage,
    )


def clean_upstream_slug(slug: str) -> str:
    """Presets' names are taken: a slug is also a label of the gateway's domain. Raises Invalid."""
    return clean_slug(slug, reserved=reserved())


def reserved() -> frozenset[str]:
    return RESERVED | frozenset(presets())


def clean_base(text: str) -> str:
    """https, and no private address, unless an operator admits that host. Raises Invalid.

    Names are not looked up here: the gateway does, each time that it connects, and holds them to the same rule.
    """
    try:
        base = Base.parse(text) if len(text) <= BASE_LIMIT and _URL.fullmatch(text) else None
    except ValueError:
        base = None
    if base is None or re.search(r":0+(?:/|$)", text) or not _PREFIX.fullmatch(base.prefix):
        raise invalid("base", "A base address is https://host[:port][/prefix].")
    _require_open(base)
    return written(base)


def _require_open(base: Base) -> None:
    networks = [each.network for each in admissions() if (each.purpose, each.host) == (PURPOSE, base.host)]
    address = parse_address(base.host)
    if address is None and not _NAME.fullmatch(base.host):
        raise invalid("base", "The host is a name of letters, digits, dots and hyphens, or an address.")
    if base.scheme != "https" and not networks:
        raise invalid("base", f"It begins with https://. An operator can admit another: {_admitting(base)}.")
    inside = not is_public(address) and not is_within(address, networks) if address else "." not in base.host
    if inside and (address or not networks):
        raise invalid("base", f"{base.host} is inside a private network. An operator can admit it: {_admitting(base)}.")


def _admitting(base: Base) -> str:
    return f"KEYVAULT_EGRESS_ALLOW={PURPOSE}@{base.host}=<network>"


def _slots(named: Collection[str]) -> tuple[str, ...]:
    if not 1 <= len(named) <= len(Style):
        raise invalid("slots", f"From one to {len(Style)} slots, the first for a key that came in none of them.")
    for number, text in enumerate(named, 1):
        if not _is_slot(text):
            raise invalid("slots", f"Entry {number} is no slot; there are {SLOTS}.")
    return tuple(dict.fromkeys(str(Slot.parse(text)) for text in named))


def _is_slot(text: str) -> bool:
    try:
        slot = Slot.parse(text)
    except ValueError:
        return False
    name = text.partition(":")[2]
    match slot.style:
        case Style.HEADER:
            return _is_header(slot.name)
        case Style.QUERY | Style.BASIC_PASSWORD:
            return bool(_FIELD.fullmatch(name))
        case _:
            return ":" not in text


def _also(named: Mapping[str, str]) -> dict[str, str]:
    if len(named) > len(Style):
        raise invalid("also", f"At most {len(Style)} headers.")
    for number, (header, field) in enumerate(named.items(), 1):
        if not _is_header(header.lower()) or not _FIELD.fullmatch(field):
            raise invalid("also", f"Entry {number} is no header and the name of a field.")
    return {header.lower(): field for header, field in named.items()}


def _is_header(name: str) -> bool:
    """Not one by which requests are framed or proxies speak."""
    plain = len(name) <= 64 and _HEADER.fullmatch(name) is not None
    return plain and name not in _NOT_OURS and not name.startswith(_FAMILIES)


def _tool(text: str) -> str:
    if not _TOOL.fullmatch(text):
        raise ValueError("is no tool; one is search, list_* or, of another method, :resources/read")
    return text


def _path(text: str) -> str:
    if len(text) > PATH_LIMIT or not _PATH.fullmatch(text):
        raise ValueError("is no path; one is /v1/chat or /v1/*/files")
    return text
