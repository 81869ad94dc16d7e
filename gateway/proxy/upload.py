"""The body of a request: read whole where it is short, passed on piece by piece where it is not."""

import asyncio
from collections.abc import AsyncIterator

from gateway.model import Refusal
from gateway.proxy.account import Account
from gateway.proxy.client import Receive
from gateway.proxy.deadline import SLOW, UNANSWERED, Deadline
from gateway.proxy.head import Head
from gateway.proxy.limits import Limits
from gateway.proxy.refusals import Refused

_TOO_LARGE = Refusal(413, "too-large", "The body is larger than this provider's limit.")
_UNREAD = Refusal(413, "too-large-to-read", "The token's rules need the body read, and it is too long for that.")


class Upload:
    """``most`` is the provider's limit in bytes; ``first_byte`` how long its answer may take after the last piece."""

    __slots__ = ("_account", "_deadline", "_first_byte", "_limits", "_more", "_most", "_receive", "refusal")

    def __init__(
        self, receive: Receive, deadline: Deadline, account: Account, limits: Limits, *, most: int, first_byte: float
    ) -> None:
        self._receive, self._deadline, self._account, self._limits = receive, deadline, account, limits
        self._most, self._first_byte = most, first_byte
        self._more = True
        self.refusal: Refusal | None = None
        """Why a body that is on its way was ended."""

    async def body(self, head: Head, *, must_be_read: bool) -> bytes | AsyncIterator[bytes]:
        """A slow client of a short body then holds no connection to the provider. Raises Refused."""
        if not head.chunked and not head.length:
            return b""
        if (head.length or 0) > self._most:
            raise Refused(_TOO_LARGE)
        if head.length is not None and head.length <= self._limits.body_buffered:
            return await self._whole()
        if not must_be_read:
            return self._pieces()
        self._most = min(self._most, self._limits.body_buffered)
        try:
            return await self._whole()
        except Refused:
            raise Refused(_UNREAD if self.refusal is _TOO_LARGE else SLOW) from None

    async def _whole(self) -> bytes:
        first = await self._piece()
        return first if not self._more else b"".join([first, *[piece async for piece in self._pieces()]])

    async def _pieces(self) -> AsyncIterator[bytes]:
        while self._more:
            if piece := await self._piece():
                yield piece

    async def _piece(self) -> bytes:
        self._deadline.wait(self._limits.body_idle, SLOW)
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise asyncio.CancelledError
        piece: bytes = message["body"]
        self._account.bytes_in += len(piece)
        self._check()
        self._more = message["more_body"]
        if not self._more:
            self._deadline.wait(self._first_byte, UNANSWERED)
        return piece

    def _check(self) -> None:
        elapsed, size = self._deadline.elapsed, self._account.bytes_in
        if size > self._most:
            self.refusal = _TOO_LARGE
        elif elapsed > self._limits.body_idle and size < elapsed * self._limits.body_rate:
            self.refusal = SLOW
        if self.refusal:
            raise Refused(self.refusal)
