"""What this worker holds of each pool, in memory: requests take from it, and it is fetched in slices. No Django.

Everything runs in the event loop's thread; the ledger alone is asked of the database, and not for each request.
"""

import asyncio
import calendar
import time
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from gateway.limits.facts import Kind, Level

_MINUTE = 60
_RETURN = {Kind.STREAMS: 1.0, Kind.MONEY: 5.0}
"""Seconds without use after which what is left goes back to the others."""
_FORGET = 120.0
_DENIED = 0.2


class Want(NamedTuple):
    """A slice of at least ``least``, of a pool that has ``most``; ``period`` in Unix seconds."""

    org: UUID
    subject: UUID
    kind: Kind
    period: int
    most: int
    least: int


class Granted(NamedTuple):
    """``amount`` is none or what was wanted at least; ``used`` and ``leased`` were so before."""

    amount: int
    used: int
    leased: int


class Unknown(Exception):
    """The database cannot be asked now."""


class Ledger(Protocol):
    async def lease(self, want: Want) -> Granted:
        """Raises Unknown."""

    async def give_back(self, want: Want, amount: int) -> None:
        """Raises Unknown."""


class Denied(NamedTuple):
    """The pool had not enough for ``amount`` a moment ago: whoever wants as much now is not worth another question."""

    period: int
    amount: int
    until: float
    granted: Granted

    def holds(self, period: int, amount: int) -> bool:
        return period == self.period and amount >= self.amount and time.monotonic() < self.until


@dataclass(slots=True, eq=False)
class Share:
    """``period`` is the pool's; what is left of a minute does not go on to the next, but a debt does."""

    org: UUID
    level: Level
    kind: Kind
    most: int
    period: int
    available: int = 0
    touched: float = 0.0
    leasing: "asyncio.Future[Granted] | None" = None
    denied: "Denied | None" = None

    def take(self, amount: int) -> bool:
        self.touched = time.monotonic()
        if self.available < amount:
            return False
        self.available -= amount
        return True

    def settle(self, reserved: int, spent: int, period: int) -> None:
        """What was not spent is there again; of what was spent beyond, money is gone and tokens are owed."""
        self.touched = time.monotonic()
        if self.kind is Kind.MONEY:
            if period == self.period:
                self.available = max(self.available + reserved - spent, 0)
        elif period == self.period or spent > reserved:
            self.available += reserved - spent

    def turn(self, period: int) -> None:
        self.period = period
        self.available = min(self.available, 0) if self.kind is Kind.TOKENS else 0

    def want(self, least: int) -> Want:
        return Want(self.org, self.level.subject, self.kind, self.period, self.most, least)


class Shares:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: dict[tuple[UUID, Kind], Share] = {}
        self._returning: set[asyncio.Task[None]] = set()

    def find(self, org: UUID, level: Level, kind: Kind, most: int, now: float) -> Share:
        period = period_of(kind, now)
        share = self._held.get((level.subject, kind))
        if share is None:
            share = self._held[level.subject, kind] = Share(org, level, kind, most, period)
        if share.period != period:
            self._leave(share)
            share.turn(period)
        if share.most != most:
            if most < share.most:
                self._leave(share)
            share.most, share.level = most, level
        return share

    async def fetch(self, share: Share, amount: int) -> Granted | None:
        """None once the amount is taken; else what the pool said when it had not enough. Raises Unknown."""
        while True:
            if share.denied and share.denied.holds(share.period, amount):
                return share.denied.granted
            if share.leasing is None:
                share.leasing = asyncio.ensure_future(self._lease(share, amount))
            await asyncio.shield(share.leasing)
            if share.take(amount):
                return None

    async def sweep(self) -> None:
        """Now and then: what is not used goes back. Raises Unknown."""
        now = time.monotonic()
        for key, share in list(self._held.items()):
            idle = now - share.touched
            if share.available > 0 and idle > _RETURN.get(share.kind, _FORGET):
                self._leave(share)
            if idle > _FORGET and share.available == 0 and share.leasing is None:
                del self._held[key]
        await self._settled()

    async def close(self) -> None:
        for share in self._held.values():
            self._leave(share)
        await self._settled()

    async def _lease(self, share: Share, amount: int) -> Granted:
        want = share.want(amount - share.available)
        try:
            granted = await self._ledger.lease(want)
        finally:
            share.leasing = None
        if not granted.amount:
            share.denied = Denied(want.period, amount, time.monotonic() + _DENIED, granted)
        elif want.period == share.period:
            share.available += granted.amount
        else:
            self._return(want, granted.amount)
        return granted

    def _leave(self, share: Share) -> None:
        if share.available > 0 and share.kind in _RETURN:
            amount, share.available = share.available, 0
            self._return(share.want(0), amount)

    def _return(self, want: Want, amount: int) -> None:
        if want.kind in _RETURN:
            task = asyncio.ensure_future(self._ledger.give_back(want, amount))
            self._returning.add(task)
            task.add_done_callback(self._returned)

    def _returned(self, task: "asyncio.Task[None]") -> None:
        """What could not go back comes back when this worker's journal is adopted."""
        self._returning.discard(task)
        if not task.cancelled():
            task.exception()

    async def _settled(self) -> None:
        if self._returning:
            await asyncio.wait(list(self._returning))


def period_of(kind: Kind, now: float) -> int:
    """When the pool's period began, in Unix seconds; months are those of UTC."""
    if kind is Kind.MONEY:
        return month_of(now)
    return int(now) // _MINUTE * _MINUTE if kind in (Kind.REQUESTS, Kind.TOKENS) else 0


_month = (0, 0)


def month_of(now: float) -> int:
    """Remembered: it is asked for each request, and changes once a month."""
    global _month  # noqa: PLW0603
    begin, end = _month
    if not begin <= now < end:
        _month = begin, end = _bounds(now)
    return begin


def _bounds(now: float) -> tuple[int, int]:
    year, month = time.gmtime(now)[:2]
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    begin = calendar.timegm((year, month, 1, 0, 0, 0))
    return begin, calendar.timegm((*following, 1, 0, 0, 0))
