"""One connection to a provider: one request and one answer at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import cast

from gateway.upstream.answer import ParsedAnswer
from gateway.upstream.interface import Broken, Call


class Connection(asyncio.Protocol):
    """``on_idle`` and ``on_lost`` are the pool's."""

    def __init__(self, on_idle: "Callable[[Connection], None]", on_lost: "Callable[[Connection], None]") -> None:
        self._on_idle, self._on_lost = on_idle, on_lost
        self._loop = asyncio.get_running_loop()  # asked for once: it costs a call of the system each time
        self._transport: asyncio.Transport | None = None
        self._answer: ParsedAnswer | None = None
        self._sent = True
        self._reusable = False
        self._writable: asyncio.Future[None] | None = None
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing() and self._answer is None

    async def ask(self, call: Call) -> ParsedAnswer:
        """Sends the request and waits for the head of the answer, which may come before all is sent."""
        answer = self._answer = ParsedAnswer(call.method == "HEAD", self._loop, self._hold, self._done)
        self._reusable = False
        if isinstance(call.body, bytes):
            self._sent = True
            self._write(_head(call, len(call.body)) + call.body)
            await answer.head()
        else:
            await self._stream(call, call.body, answer)
        return answer

    def release(self, answer: ParsedAnswer) -> None:
        if self._answer is not answer:
            return  # given back already
        self._answer = None
        if answer.ended and self._reusable and self._sent and self.usable:
            self.idle_since = monotonic()
            self._on_idle(self)
        else:
            self.abort()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    async def _stream(self, call: Call, body: AsyncIterator[bytes], answer: ParsedAnswer) -> None:
        self._sent = False
        self._write(_head(call, call.length))
        sending = asyncio.ensure_future(self._send(body, call.length))
        sending.add_done_callback(lambda task: self._sending_ended(task, answer))
        try:
            await answer.head()
        except BaseException:
            await _end(sending)
            raise
        if not self._sent:  # an early answer: the rest of the body is nobody's, and the connection is not kept
            await _end(sending)

    def _sending_ended(self, task: "asyncio.Task[None]", answer: ParsedAnswer) -> None:
        """A body that ends early takes the request with it; its own error is told to whoever waits for the answer."""
        if not task.cancelled() and task.exception() is not None:
            answer.fail(Broken("The request's body ended early."))

    async def _send(self, body: AsyncIterator[bytes], length: int | None) -> None:
        async for chunk in body:
            if chunk:
                self._write(chunk if length is not None else b"%x\r\n%b\r\n" % (len(chunk), chunk))
            if self._writable:
                await self._writable
        if length is None:
            self._write(b"0\r\n\r\n")
        self._sent = True

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise Broken("The provider ended the connection.", unanswered=True)
        self._transport.write(data)

    def _hold(self, hold: bool) -> None:
        if self._transport and not self._transport.is_closing():
            (self._transport.pause_reading if hold else self._transport.resume_reading)()

    def _done(self, reusable: bool) -> None:
        self._reusable = reusable

    # What the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.ended:
            self._reusable = False
            self.abort()  # nobody asked
        else:
            self._answer.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.resume_writing()
        if self._answer:
            self._answer.lost()
        self._on_lost(self)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None


def _head(call: Call, length: int | None) -> bytes:
    lines = [b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (call.method.encode(), call.target, call.base.authority.encode())]
    lines += [b"%b: %b\r\n" % header for header in call.headers]
    if length is None:
        lines.append(b"transfer-encoding: chunked\r\n")
    elif length or call.method not in ("GET", "HEAD", "OPTIONS"):
        lines.append(b"content-length: %d\r\n" % length)
    lines.append(b"\r\n")
    return b"".join(lines)


async def _end(task: "asyncio.Task[None]") -> None:
    """Waits until the client's body is left alone: two readers of one body would share it."""
    task.cancel()
    with contextlib.suppress(BaseException):
        await task
