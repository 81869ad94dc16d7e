"""WebSockets: the handshake is judged like any request, then frames pass both ways as they are (RFC 6455)."""

import asyncio
import re
from collections.abc import Callable

from gateway.model import Ending, Refusal, Token
from gateway.proxy.account import Account
from gateway.proxy.client import Client
from gateway.proxy.head import Head
from gateway.proxy.refusals import Refused
from gateway.proxy.routing import Route
from gateway.upstream.tunnel import FarEnd

CLOSED = 4401
"""The code with which a socket whose token ended is closed (4000-4999 are for applications)."""

_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
_NOT_OPTED = Refusal(
    403,
    "websocket",
    "The token may not open WebSockets here.",
    "Whoever manages it can permit them, where the provider has them.",
)
_MALFORMED = Refusal(400, "websocket-handshake", "The handshake is not one of RFC 6455.")
_PASSED_BACK = (b"sec-websocket-accept", b"sec-websocket-protocol", b"sec-websocket-extensions")


def admit(token: Token, found: Route, method: str, head: Head) -> None:
    """Raises Refused. Both the token and the provider must have it."""
    if not (token.websocket and found.binding.provider.websocket):
        raise Refused(_NOT_OPTED)
    lines = dict(head.websocket_headers)
    key, version = lines.get(b"sec-websocket-key", b""), lines.get(b"sec-websocket-version")
    if method != "GET" or not _KEY.fullmatch(key) or version != b"13":
        raise Refused(_MALFORMED)


class Frames:
    """Where frames end in one direction, without looking into them."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    @property
    def at_boundary(self) -> bool:
        return not self._left and not self._head

    def feed(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            self._head += data[at : at + 1]
            at += 1
            size = _size(self._head)
            if size is not None:
                self._head, self._left = b"", size


class Tunnel:
    def __init__(self, client: Client, far_end: FarEnd, account: Account, is_fresh: Callable[[], bool]) -> None:
        self._client, self._far_end, self._account, self._is_fresh = client, far_end, account, is_fresh
        self._frames = Frames()
        self._over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def run(self) -> Ending:
        """Until either side leaves. CUT: nothing is known of the token any more."""
        answer = b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        for name, value in self._far_end.headers:
            if name in _PASSED_BACK:
                answer += b"%b: %b\r\n" % (name, value)
        answer += b"x-kv-request-id: %b\r\n\r\n" % str(self._client.request_id).encode()
        self._client.connection.begin_tunnel(answer, self._from_client, self._far_end.hold)
        self._client.started = True
        self._far_end.begin(self._from_provider, self._ended, self._client.connection.hold)
        try:
            return await self._over
        finally:
            self._far_end.abort()

    def close(self, refusal: Refusal) -> None:
        """A close frame between two frames; in the midst of one the connection breaks."""
        if self._frames.at_boundary and not self._client.connection.is_blocked:
            reason = CLOSED.to_bytes(2, "big") + refusal.rule.encode()[:123]
            self._client.connection.end_tunnel(bytes([0x88, len(reason)]) + reason)
        else:
            self._client.connection.abort()

    def _from_client(self, data: bytes) -> None:
        if self._check():
            self._account.bytes_in += len(data)
            self._far_end.write(data)

    def _from_provider(self, data: bytes) -> None:
        if self._check():
            self._frames.feed(data)
            self._account.passed(data)
            self._client.connection.transport.write(data)

    def _check(self) -> bool:
        if not self._is_fresh():
            self._end(Ending.CUT)
        return not self._over.done()

    def _ended(self) -> None:
        self._client.connection.end_tunnel(b"")
        self._end(Ending.COMPLETE)

    def _end(self, ending: Ending) -> None:
        if not self._over.done():
            self._over.set_result(ending)


def _size(head: bytes) -> int | None:
    """Of a frame's payload, once its head is whole (§5.2); a mask belongs to the head."""
    if len(head) < 2:
        return None
    short, mask = head[1] & 0x7F, 4 if head[1] & 0x80 else 0
    extended = {126: 2, 127: 8}.get(short, 0)
    if len(head) < 2 + extended + mask:
        return None
    return int.from_bytes(head[2 : 2 + extended], "big") if extended else short
