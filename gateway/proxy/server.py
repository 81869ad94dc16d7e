"""The client's side of a connection: uvicorn's protocol made strict (RFC 9112), with what a proxy needs besides.

A request that has two readings ends the connection. The application finds this object in its scope
(``extensions["keyvault.connection"]``): it tells when the client is gone, and can end the connection at once.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.model import Refusal
from gateway.proxy.gathering import Gathering
from gateway.proxy.limits import Limits
from gateway.proxy.refusals import body

EXTENSION = "keyvault.connection"

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})

_MALFORMED = Refusal(400, "malformed", "The request is malformed.")
_TOO_LONG = Refusal(414, "target-too-long", "The address of the request is too long.")
_TOO_MANY = Refusal(431, "head-too-large", "The head of the request is too large.")
_METHOD = Refusal(405, "method", "This method is not passed on.")


class _Malformed(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class ClientConnection(HttpToolsProtocol):
    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = httptools.HttpRequestParser(self)  # without uvicorn's one leniency
        self.access_log = False  # whoever listens: an address may hold a token
        self.on_gone: Callable[[], None] | None = None
        self._tunnel: Callable[[bytes], None] | None = None
        self._on_hold: Callable[[bool], None] | None = None
        self._head_size = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._in_head = True
        self._upgraded = False
        self._refusal = _MALFORMED

    # What the application may do

    @property
    def is_blocked(self) -> bool:
        """Whether the client does not read what it was sent."""
        return self.flow.write_paused

    @property
    def body_is_whole(self) -> bool:
        return self.cycle is None or not self.cycle.more_body

    def abort(self) -> None:
        """The client sees a connection that breaks, never an answer that ends."""
        if self.cycle:
            self.cycle.disconnected = True
        if self.transport:
            self.transport.abort()

    def begin_tunnel(self, answer: bytes, on_data: Callable[[bytes], None], on_hold: Callable[[bool], None]) -> None:
        """From here on bytes pass; ``on_hold`` is told when too many are unsent."""
        self._tunnel, self._on_hold = on_data, on_hold
        self.cycle.response_started = self.cycle.response_complete = True
        self.transport.write(answer)
        self.flow.resume_reading()

    def end_tunnel(self, last: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(last)
            self.transport.close()

    def hold(self, hold: bool) -> None:
        if not self.transport.is_closing():
            (self.transport.pause_reading if hold else self.transport.resume_reading)()

    @property
    def waits_to_send(self) -> bool:
        """Whether the client holds its body back until it is told to send it (``Expect: 100-continue``)."""
        return self.cycle is not None and self.cycle.waiting_for_100_continue

    # What the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(Gathering(transport, self.loop))  # type: ignore[arg-type]
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._head_came()
        if self.on_gone:
            self.on_gone()

    def data_received(self, data: bytes) -> None:
        if self._tunnel:
            self._tunnel(data)
            return
        if self._upgraded:
            self.abort()  # nothing may come before the other protocol was agreed on
            return
        self._unset_keepalive_if_required()
        if self._in_head:
            self._head_size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._upgraded = True
        except httptools.HttpParserError:
            self._refuse()
        else:
            self._check_unfinished_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._on_hold:
            self._on_hold(True)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._on_hold:
            self._on_hold(False)

    # What the parser says

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = self._count = 0
        self.scope["extensions"] = {EXTENSION: self}  # type: ignore[dict-item]

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.target:
            self._fail(_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer, which could say what the head did not
        self._size += len(name) + len(value)
        self._count += 1
        if self._count > self.limits.headers or self._size > self.limits.head:
            self._fail(_TOO_MANY)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._check()
        self._in_head, self._head_size = False, 0
        self._head_came()
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # what follows is read by nobody as a request

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True

    def send_400_response(self, msg: str) -> None:
        self._refuse()

    def _should_upgrade(self) -> bool:
        return False  # the application tunnels

    def _check_unfinished_head(self) -> None:
        if self._in_head and self._head_size > self.limits.head:
            self._refusal = _TOO_MANY
            self._refuse()
        elif self._in_head and self._head_size:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        """A client that sends nothing, or a byte now and then, is not waited for."""
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.limits.head_seconds, self.transport.abort)

    def _head_came(self) -> None:
        if self._head_timer:
            self._head_timer.cancel()
            self._head_timer = None

    def _check(self) -> None:
        if self.parser.get_method() not in METHODS:
            self._fail(_METHOD)
        if not self.url.startswith(b"/") or self.parser.get_http_version() not in ("1.1", "1.0"):
            self._fail(_MALFORMED)
        hosts = [value for name, value in self.headers if name == b"host"]
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if len(hosts) != 1 or codings not in ([], [b"chunked"]):
            self._fail(_MALFORMED)
        if codings and self.parser.get_http_version() != "1.1":
            self._fail(_MALFORMED)

        framed = codings or any(name == b"content-length" and value != b"0" for name, value in self.headers)
        if self.parser.should_upgrade() and framed:
            self._fail(_MALFORMED)  # the parser would leave the body unread

    def _fail(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise _Malformed(refusal)

    def _refuse(self) -> None:
        """While another answer is under way nothing of ours may be mixed into it."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.abort()
            return
        content = body(self._refusal, "openai")
        head = "HTTP/1.1 {} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.format(self._refusal.status, len(content)).encode() + content)
        self.transport.close()
