"""Small facts that may be written a few seconds late, many at once: counts and last uses, never events or rights."""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from multiprocessing.util import Finalize
from typing import Any, Generic, TypeVar

from django.db import Error, close_old_connections

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

INTERVAL = 5.0  # seconds

_log = logging.getLogger(__name__)
_all: list["WriteBehind[Any, Any]"] = []


class WriteBehind(Generic[K, V]):
    """Merges facts by key in memory and hands them over in batches; make one at import.

    ``merge(kept, new)`` is both in one; ``write`` must add to what other processes wrote. A process that is killed
    loses the last seconds; the log has every act.
    """

    def __init__(self, write: Callable[[Mapping[K, V]], None], merge: Callable[[V, V], V]) -> None:
        self._write, self._merge = write, merge
        self._waiting: dict[K, V] = {}
        self._lock = threading.Lock()
        _all.append(self)

    def note(self, key: K, fact: V) -> None:
        with self._lock:
            self._waiting[key] = self._merge(self._waiting[key], fact) if key in self._waiting else fact

    def flush(self) -> None:
        """Writes what waits. Raises django.db.Error, and keeps it for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        if not taken:
            return
        try:
            self._write(taken)
        except Error:
            self._put_back(taken)
            raise

    def _put_back(self, taken: Mapping[K, V]) -> None:
        with self._lock:
            for key, fact in taken.items():
                self._waiting[key] = self._merge(fact, self._waiting[key]) if key in self._waiting else fact


def start() -> None:
    """For a server: a thread of this process with a connection of its own, until the process ends; then once more.

    By a finalizer, because the workers of granian are children of multiprocessing, which run no atexit functions.
    """
    Finalize(None, _flush_all, exitpriority=10)
    threading.Thread(target=_write_for_ever, name="write-behind", daemon=True).start()


def _write_for_ever() -> None:
    while True:
        time.sleep(INTERVAL)
        close_old_connections()
        _flush_all()


def _flush_all() -> None:
    for waiting in _all:
        try:
            waiting.flush()
        except Error as problem:
            _log.warning("Counts of the last seconds wait to be written (%s)", type(problem).__name__)
