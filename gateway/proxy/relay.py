"""The provider's answer on its way to the client: each piece as it came, as soon as it came."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.model import Credential, Ending, Refusal
from gateway.proxy.account import Account
from gateway.proxy.answering import passed_on, rewrite_location
from gateway.proxy.client import Client, Headers
from gateway.proxy.deadline import STUCK, Deadline
from gateway.proxy.events import WholeEvents
from gateway.proxy.refusals import Refused
from gateway.proxy.routing import Route
from gateway.proxy.scrubbing import StreamScrubber, scrubber_of
from gateway.upstream.interface import Answer, Broken

_BODILESS = (204, 304)
_COMPRESSED = Refusal(502, "upstream-encoding", "The provider compressed an answer that must be read here.")


class Filter(Protocol):
    """Holds back what it must see more of."""

    def feed(self, piece: bytes) -> bytes: ...
    def end(self) -> bytes: ...


class Relay:
    """``is_fresh`` is asked for every piece: what may not be known to be permitted does not go on."""

    __slots__ = ("_account", "_client", "_deadline", "_idle", "_is_fresh")

    def __init__(
        self, client: Client, account: Account, deadline: Deadline, idle: float, is_fresh: Callable[[], bool]
    ) -> None:
        self._client, self._account, self._deadline = client, account, deadline
        self._idle, self._is_fresh = idle, is_fresh

    async def run(self, answer: Answer, method: str, route: Route, credential: Credential, own: Headers) -> None:
        """``own`` headers are added. Raises Refused and UpstreamError."""
        status, scrubber = answer.status, scrubber_of(credential)
        if not 200 <= status < 600:
            raise Broken("The provider's status is none.")
        headers = rewrite_location(passed_on(answer.headers, scrubber), status, route)
        bodiless = method == "HEAD" or status in _BODILESS
        is_read = not bodiless and (status >= 400 or route.binding.provider.echoes)
        if is_read:
            _refuse_encoding(headers)
        if is_read or status in _BODILESS:
            headers = [header for header in headers if header[0] != b"content-length"]
        await self._client.begin(status, headers + own)
        if bodiless:
            await self._pass_on(b"", False)
        else:
            filters: list[Filter] = [StreamScrubber(scrubber)] if is_read else []
            await self._body(answer, [*filters, WholeEvents()] if _are_events(headers) else filters)

    async def _body(self, answer: Answer, filters: Sequence[Filter]) -> None:
        """An answer that breaks off upstream is never made to look whole."""
        more = True
        while more:
            self._deadline.wait(self._idle, STUCK)
            piece = await answer.read()
            more = not answer.ended
            for each in filters:
                piece = each.feed(piece) if more else each.feed(piece) + each.end()
            if piece or not more:
                await self._pass_on(piece, more)

    async def _pass_on(self, piece: bytes, more: bool) -> None:
        if not self._is_fresh():
            raise Stale
        if piece:
            self._account.passed(piece)
        if not more:
            self._account.settle(Ending.COMPLETE)
        await self._client.pass_on(piece, more)


class Stale(asyncio.CancelledError):
    """The stream is cut because nothing is known any more of its token."""


def _are_events(headers: Headers) -> bool:
    """Compressed ones have no blank lines that one could see."""
    said = dict(headers)
    return said.get(b"content-type", b"")[:17].lower() == b"text/event-stream" and b"content-encoding" not in said


def _refuse_encoding(headers: Headers) -> None:
    """Identity was asked for: what comes otherwise cannot be searched for the key."""
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers):
        raise Refused(_COMPRESSED)
