"""The way out for WebSockets: one handshake (RFC 6455 §4), then bytes."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from typing import cast

import httptools

from gateway.upstream.answer import HEAD_LIMIT
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Broken, Call

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Declined(Exception):
    """The provider answered with another status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The provider answered {status} in place of a WebSocket.")
        self.status = status


class FarEnd(asyncio.Protocol):
    """``on_data`` and ``on_end`` are set once the handshake is over; ``hold`` is told when too much is unsent."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.on_data: Callable[[bytes], None] | None = None
        self.on_end: Callable[[], None] | None = None
        self.on_hold: Callable[[bool], None] | None = None
        self._early = b""
        self._size = 0
        self._shaken: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self.transport: asyncio.Transport | None = None

    async def shake(self, call: Call) -> None:
        """Raises Declined and Broken."""
        lines = [b"GET %b HTTP/1.1\r\nhost: %b\r\n" % (call.target, call.base.authority.encode())]
        lines += [b"%b: %b\r\n" % header for header in call.headers]
        self.write(b"".join(lines) + b"connection: Upgrade\r\nupgrade: websocket\r\n\r\n")
        status = await self._shaken
        if status != 101:
            raise Declined(status)
        if dict(self.headers).get(b"sec-websocket-accept") != _accept(dict(call.headers)[b"sec-websocket-key"]):
            raise Broken("The provider's handshake is not this one's.")

    def begin(
        self, on_data: Callable[[bytes], None], on_end: Callable[[], None], on_hold: Callable[[bool], None]
    ) -> None:
        self.on_data, self.on_end, self.on_hold = on_data, on_end, on_hold
        if self._early:
            on_data(self._early)

    def write(self, data: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def hold(self, hold: bool) -> None:
        if self.transport and not self.transport.is_closing():
            (self.transport.pause_reading if hold else self.transport.resume_reading)()

    def abort(self) -> None:
        if self.transport:
            self.transport.abort()

    # What the transport and the parser say

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.on_data:
            self.on_data(data)
        elif self._shaken.done():
            self._keep(data)
        else:
            self._shake_on(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail()
        if self.on_end:
            self.on_end()

    def pause_writing(self) -> None:
        if self.on_hold:
            self.on_hold(True)

    def resume_writing(self) -> None:
        if self.on_hold:
            self.on_hold(False)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200 and not self._shaken.done():
            self._shaken.set_result(status)

    def _shake_on(self, data: bytes) -> None:
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if not self._shaken.done():
                self._shaken.set_result(101)
            self._keep(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._fail()
        if self._size > HEAD_LIMIT:
            self._fail()

    def _keep(self, data: bytes) -> None:
        self._early += data
        if len(self._early) > HEAD_LIMIT:
            self.abort()

    def _fail(self) -> None:
        if not self._shaken.done():
            self._shaken.set_exception(Broken("The provider's handshake is malformed."))


async def open_tunnel(dialer: Dialer, call: Call) -> FarEnd:
    """Raises UpstreamError and Declined."""
    far_end = await dialer.connect(call.base, FarEnd)
    try:
        await far_end.shake(call)
    except BaseException:
        far_end.abort()
        raise
    return far_end


def _accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
