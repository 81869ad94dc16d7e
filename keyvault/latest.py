"""One look, shared by all who ask within its freshness: what anybody may ask must cost the database nothing."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """``seconds`` is how long a look is good for. Whoever asks while one is made waits for it."""

    def __init__(self, look: Callable[[], T], seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._lock = threading.Lock()
        self._until = 0.0
        self._seen: T

    def current(self) -> T:
        with self._lock:
            if time.monotonic() >= self._until:
                self._seen = self._look()
                self._until = time.monotonic() + self._seconds
            return self._seen

    def forget(self) -> None:
        self._until = 0.0
