"""What the sealer remembers apart from the database: how far it signed each log, and what it was about to write.

One SQLite file of mode 0600 in the sealer's folder, each change of it synced to the disk before the call returns. A
database that was rolled back cannot take this along, which is how the sealer notices.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from uuid import UUID

from audit.tiles import Edge
from keyvault.processes.locks import lock_file

_TABLES = """
CREATE TABLE IF NOT EXISTS log (
    log_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, edge BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS refused (event_id TEXT PRIMARY KEY, finding TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a log is signed."""

    log_id: UUID
    epoch: int
    size: int
    root: bytes
    edge: bytes = field(repr=False)

    def unpacked(self) -> Edge:
        return Edge.unpack(self.size, self.edge)


class State:
    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    @classmethod
    @contextmanager
    def held(cls, folder: Path, *, within: float = 30.0) -> Iterator[Self]:
        """Alone: another sealer of this folder waits, or gets TimeoutError."""
        with lock_file(folder / "state.lock") as lock:
            if not lock.take(within=within):
                raise TimeoutError(f"another sealer has held {folder} for {within:.0f} seconds")
            os.utime(folder / "state.lock")  # by which a health check sees that somebody looks
            path = folder / "state.sqlite3"
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            file = sqlite3.connect(path, isolation_level=None)
            try:
                file.execute("PRAGMA synchronous = EXTRA")
                file.executescript(_TABLES)
                yield cls(file)
            finally:
                file.close()

    @property
    def is_new(self) -> bool:
        return self.fact("host") is None

    def fact(self, name: str) -> bytes | None:
        found = self._file.execute("SELECT value FROM fact WHERE name = ?", [name]).fetchone()
        return bytes(found[0]) if found else None

    def keep(self, name: str, value: bytes) -> None:
        self._file.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", [name, value])

    def heads(self, log_ids: Iterable[UUID] | None = None) -> dict[UUID, Head]:
        """Of all logs, or of these as far as they are known."""
        query = "SELECT log_id, epoch, size, root, edge FROM log"
        if log_ids is None:
            rows = self._file.execute(query).fetchall()
        else:
            rows = [row for log_id in log_ids for row in self._file.execute(f"{query} WHERE log_id = ?", [str(log_id)])]
        return {UUID(row[0]): Head(UUID(row[0]), *row[1:]) for row in rows}

    def intend(self, batch: bytes) -> None:
        """What is about to be written, whole: after a crash exactly this is written, or was."""
        self.keep("batch", batch)

    @property
    def intended(self) -> bytes | None:
        return self.fact("batch")

    def confirm(self, heads: Iterable[Head], note: str) -> None:
        """The intended batch is committed; ``note`` is the installation's new checkpoint."""
        with self._whole():
            self.keep("note", note.encode())
            for head in heads:
                row = [str(head.log_id), head.epoch, head.size, head.root, head.edge]
                self._file.execute("INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?, ?)", row)
            self._file.execute("DELETE FROM fact WHERE name IN ('batch', 'opening')")

    def begin_epoch(self, epoch: int, opening: bytes) -> None:
        """Every log begins anew; ``opening`` is the statement that the installation's log begins with."""
        with self._whole():
            self._file.execute("DELETE FROM log")
            self._file.execute("DELETE FROM fact WHERE name = 'batch'")
            self.keep("epoch", str(epoch).encode())
            self.keep("opening", opening)

    @property
    def refused(self) -> dict[UUID, str]:
        """The events that are not sealed, and why."""
        rows = self._file.execute("SELECT event_id, finding FROM refused").fetchall()
        return {UUID(event_id): finding for event_id, finding in rows}

    def refuse(self, event_id: UUID, finding: str) -> None:
        self._file.execute("INSERT OR IGNORE INTO refused VALUES (?, ?)", [str(event_id), finding])

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")
