"""One request's clock: until when it may wait for what it waits for now, and what it is told when that is over."""

import time

from gateway.model import Refusal

SLOW = Refusal(408, "slow-body", "The body came too slowly.")
UNANSWERED = Refusal(504, "upstream-timeout", "The provider did not answer in time.")
STUCK = Refusal(504, "stream-idle", "Nothing came for too long.")

_LONG = Refusal(504, "stream-too-long", "The request took longer than the gateway permits.")


class Deadline:
    """Looked at by the application's tick: a timer for each wait would cost more than the wait."""

    __slots__ = ("_at", "_end", "_late", "started")

    def __init__(self, seconds: float, total: float) -> None:
        self.started = time.monotonic()
        self._end = self.started + total
        self._at, self._late = self.started + seconds, SLOW

    def wait(self, seconds: float, late: Refusal) -> None:
        self._at, self._late = time.monotonic() + seconds, late

    def over(self, now: float) -> Refusal | None:
        """``now`` is monotonic."""
        if now >= self._at:
            return self._late
        return _LONG if now >= self._end else None

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started
