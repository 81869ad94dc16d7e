"""File locks (flock(2)): the kernel drops them with the process, however it ends."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """One open lock file. Children do not inherit it: Python's descriptors close on exec."""

    def __init__(self, path: Path):
        self._file = path.open("ab")

    def share(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def take(self, *, within: float = 0.0) -> bool:
        """Alone, or False when others still hold it after ``within`` seconds."""
        return self._try(fcntl.LOCK_EX, within)

    def is_free_to_share(self) -> bool:
        free = self._try(fcntl.LOCK_SH, 0.0)
        if free:
            self.release()
        return free

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        self._file.close()

    def _try(self, kind: int, within: float) -> bool:
        deadline = time.monotonic() + within
        while True:
            try:
                fcntl.flock(self._file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)
            else:
                return True


@contextmanager
def lock_file(path: Path) -> Iterator[Lock]:
    lock = Lock(path)
    try:
        yield lock
    finally:
        lock.close()
