"""One answer, parsed as it comes. Whatever is malformed, too long or ambiguous ends it (RFC 9112)."""

import asyncio
from collections.abc import Callable

import httptools

from gateway.upstream.interface import Broken

HEAD_LIMIT = 64 * 1024  # bytes
MOST_HEADERS = 128
MOST_INTERIM = 8  # answers of the 1xx kind
HIGH_WATER = 256 * 1024  # bytes read ahead of whoever reads

_BODILESS = (204, 304)


class ParsedAnswer:
    """Its public part is :class:`gateway.upstream.interface.Answer`; ``on_…`` are the parser's callbacks.

    ``hold`` stops and resumes the reading of the connection, ``done`` is called once with whether the connection may
    serve another request.
    """

    __slots__ = (
        "_chunks", "_complete", "_done", "_failure", "_head_only", "_head_size", "_headed", "_held", "_hold",
        "_interim", "_loop", "_parser", "_quiet", "_size", "_started", "_until_eof", "_waiter", "headers", "status",
    )  # fmt: skip

    def __init__(
        self,
        head_only: bool,
        loop: asyncio.AbstractEventLoop,
        hold: Callable[[bool], None],
        done: Callable[[bool], None],
    ) -> None:
        self.status = 0
        self._loop = loop
        self.headers: list[tuple[bytes, bytes]] = []
        self._hold, self._done = hold, done
        self._head_only = head_only
        self._started = self._headed = self._complete = self._until_eof = self._held = False
        self._interim = self._quiet = self._size = self._head_size = 0
        self._chunks: list[bytes] = []
        self._failure: Broken | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @property
    def ended(self) -> bool:
        return self._complete and not self._chunks

    async def head(self) -> None:
        while not self._headed:
            await self._more()

    async def read(self) -> bytes:
        while not self._chunks:
            if self._complete:
                return b""
            await self._more()
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if self._held:
            self._held = False
            self._hold(False)
        return data

    # What the connection says

    def feed(self, data: bytes) -> None:
        self._started = True
        self._quiet += len(data)  # until a piece of a body comes: heads, chunk extensions and trailers end somewhere
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.fail(Broken("The provider changes the protocol unasked."))
        except httptools.HttpParserError:
            self.fail(Broken("The provider's answer is malformed."))
        else:
            if self._quiet > HEAD_LIMIT and not self._complete:
                self.fail(Broken("The head of the provider's answer is too long."))

    def lost(self) -> None:
        """The connection ended. A body without a length ends with it; any other is incomplete."""
        if self._complete:
            return
        if self._headed and self._until_eof:
            self._finish(False)
        else:
            self.fail(Broken("The provider ended the connection.", unanswered=not self._started))

    def fail(self, failure: Broken) -> None:
        self._done(False)
        if not self._complete and self._failure is None:
            self._failure = failure
            self._wake()

    # What the parser says

    def on_message_begin(self) -> None:
        if self._headed:
            raise ValueError("bytes after the end")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headed:
            return  # a trailer
        self.headers.append((name.lower(), value))
        self._head_size += len(name) + len(value)
        if len(self.headers) > MOST_HEADERS or self._head_size > HEAD_LIMIT:
            raise ValueError("too long a head")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._interim += 1
            if status == 101 or self._interim > MOST_INTERIM:
                raise ValueError("not asked for")
            self.headers.clear()
            return
        self._frame(status)
        self.status, self._headed = status, True
        if self._head_only:
            self._finish(False)
        else:
            self._wake()

    def on_body(self, data: bytes) -> None:
        if self._complete:
            return  # of an answer to HEAD; its connection is not kept
        self._quiet = 0
        self._chunks.append(data)
        self._size += len(data)
        if self._size > HIGH_WATER and not self._held:
            self._held = True
            self._hold(True)
        self._wake()

    def on_message_complete(self) -> None:
        if self._headed and not self._complete:
            self._finish(self._parser.should_keep_alive() and not self._until_eof)

    def _frame(self, status: int) -> None:
        """The parser refuses a length beside an encoding, and two lengths; it would take any encoding."""
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (codings != [b"chunked"] or self._parser.get_http_version() != "1.1"):
            raise ValueError("an encoding other than chunked")
        has_length = any(name == b"content-length" for name, _ in self.headers)
        self._until_eof = not codings and not has_length and status not in _BODILESS

    def _finish(self, reusable: bool) -> None:
        self._complete = True
        self._wake()
        self._done(reusable)

    async def _more(self) -> None:
        if self._failure:
            raise self._failure
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
