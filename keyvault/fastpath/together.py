"""Group commit, and group find: requests that come at the same moment share one statement and one wait for the disk.

Each request hands in what it asks and waits. Who finds nobody at work leads: it does the work for all that wait by
then and wakes them; what came meanwhile is the next leader's. A lone request waits for nobody. (Group commit: DeWitt
et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984, §5.)
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")

SIZES = (8, 4, 2, 1)  # of a group: few, because each is a statement that every connection prepares


class Failed(Exception):
    """The work failed for the whole group: nobody's is known to have been done."""


class _Seat(Generic[A, R]):
    """One request's place. ``turn`` is released when it is served, or when its thread is to lead."""

    __slots__ = ("answer", "asked", "done", "served", "turn")

    answer: R

    def __init__(self, asked: A) -> None:
        self.asked = asked
        self.turn = threading.Lock()
        self.turn.acquire()
        self.served = self.done = False


class Together(Generic[A, R]):
    """``work`` answers as many as it is asked, in their order, on the thread and the connection of one of them."""

    def __init__(self, work: Callable[[Sequence[A]], Sequence[R]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[_Seat[A, R]] = []
        self._led = False

    def ask(self, asked: A) -> R:
        """Raises Failed, for all of a group alike."""
        seat = _Seat[A, R](asked)
        if not self._leads(seat):
            seat.turn.acquire()
        if not seat.served:
            self._lead()
        if not seat.done:
            raise Failed
        return seat.answer

    def _leads(self, seat: _Seat[A, R]) -> bool:
        with self._lock:
            self._waiting.append(seat)
            leads, self._led = not self._led, True
        return leads

    def _lead(self) -> None:
        """The leader's own seat is the first of those that wait."""
        with self._lock:
            size = next(size for size in SIZES if size <= len(self._waiting))
            group, self._waiting = self._waiting[:size], self._waiting[size:]
        try:
            for seat, answer in zip(group, self._work([seat.asked for seat in group]), strict=True):
                seat.answer, seat.done = answer, True
        except Exception as problem:
            raise Failed from problem
        finally:
            self._hand_over(group)

    def _hand_over(self, group: Sequence[_Seat[A, R]]) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        for seat in group:
            seat.served = True
            seat.turn.release()
        if following is not None:
            following.turn.release()
