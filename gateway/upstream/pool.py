"""Connections that are kept, by provider; the youngest goes first."""

import asyncio
from collections import deque
from time import monotonic

from gateway.model import Base
from gateway.upstream.connection import Connection
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Busy

MOST_OPEN = 4096  # each stream needs one of its own
MOST_WAITING = 1024
MOST_IDLE = 64
SECONDS_IDLE = 30.0  # less than any provider keeps its own


class Lane:
    """The connections to one scheme, host and port."""

    def __init__(self, base: Base, dialer: Dialer, most_open: int) -> None:
        self._base, self._dialer, self._most_open = base, dialer, most_open
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._dialling = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> tuple[Connection, bool]:
        """A connection, and whether it was used before. Raises UpstreamError."""
        while True:
            if kept := self._kept():
                return kept, True
            if len(self._open) + self._dialling < self._most_open:
                return await self._dial(), False
            await self._turn()

    def sweep(self, now: float) -> None:
        for connection in [each for each in self._idle if now - each.idle_since > SECONDS_IDLE]:
            self._idle.remove(connection)
            connection.abort()

    def close(self) -> None:
        for connection in list(self._open):
            connection.abort()

    def _kept(self) -> Connection | None:
        now = monotonic()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.idle_since <= SECONDS_IDLE:
                return connection
            connection.abort()
        return None

    async def _dial(self) -> Connection:
        self._dialling += 1
        try:
            connection = await self._dialer.connect(self._base, lambda: Connection(self._returned, self._lost))
        except BaseException:
            self._next()
            raise
        finally:
            self._dialling -= 1
        self._open.add(connection)
        return connection

    async def _turn(self) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise Busy(f"Too many requests are waiting for {self._base.host}.")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next()  # it was this one's turn: the next one has it
            raise

    def _returned(self, connection: Connection) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(connection)
            self._next()
        else:
            connection.abort()

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._next()

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class Pool:
    def __init__(self, dialer: Dialer, most_open: int = MOST_OPEN) -> None:
        self._dialer, self._most_open = dialer, most_open
        self._lanes: dict[tuple[str, str, int], Lane] = {}

    async def take(self, base: Base) -> tuple[Connection, bool]:
        place = (base.scheme, base.host, base.port)
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = Lane(base, self._dialer, self._most_open)
        return await lane.take()

    def sweep(self) -> None:
        now = monotonic()
        for lane in self._lanes.values():
            lane.sweep(now)

    def close(self) -> None:
        for lane in self._lanes.values():
            lane.close()
