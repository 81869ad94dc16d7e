"""A worker's journal: each line is in the kernel's hands before the request's last byte is sent.

``kill -9`` loses nothing then. A power cut loses what was not yet on the disk: :meth:`Journal.sync` is called every
second, and sooner where much was written.
"""

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from gateway.usage.lines import Head, Numbered, write_head
from gateway.usage.record import Record, encode

ROTATE = 8 * 1024 * 1024  # bytes
SUFFIX = ".journal"

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class CannotWrite(Exception):
    """The line is not in the journal."""


@dataclass(slots=True, eq=False)
class JournalFile:
    """``fd`` holds the lock that says its worker lives, until the file is removed."""

    path: Path
    head: Head
    fd: int
    size: int = 0
    is_spoiled: bool = False


@dataclass(slots=True, eq=False)
class Journal:
    """``key`` is :func:`gateway.usage.lines.line_key`'s, ``key_id`` names the instance's key behind it.

    :meth:`append` is the event loop's; everything else the flusher's thread's.
    """

    folder: Path
    worker: UUID
    key_id: UUID
    key: bytes = field(repr=False)
    rotate_at: int = ROTATE
    files: list[JournalFile] = field(default_factory=list)
    is_closed_to: bool = False
    """Whether there is no room for more: set by the flusher, read by the meter."""
    _unsynced: int = 0
    _lines: Numbered = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._begin_file()

    def append(self, record: Record) -> None:
        """Raises CannotWrite, and then nothing of the line is in the file."""
        current = self.files[-1]
        if current.size >= self.rotate_at or current.is_spoiled:
            self._begin_file()
            current = self.files[-1]
        self._append(current, encode(record))

    @property
    def unsynced(self) -> int:
        return self._unsynced

    def sync(self) -> None:
        self._unsynced = 0
        for file in list(self.files):
            os.fdatasync(file.fd)

    def remove(self, file: JournalFile) -> None:
        """Once nothing of it is waited for. Its lock ends with it."""
        file.path.unlink(missing_ok=True)
        self.files.remove(file)
        os.close(file.fd)

    def close(self) -> None:
        """Leaves the files, which the next worker adopts."""
        for file in self.files:
            os.close(file.fd)
        self.files.clear()

    def _append(self, file: JournalFile, payload: bytes) -> None:
        numbered = self._lines.number
        try:
            self._write(file, self._lines.line(payload))
        except CannotWrite:
            self._lines.number = numbered
            raise

    def _begin_file(self) -> None:
        number = self.files[-1].head.number + 1 if self.files else 0
        head = Head(uuid4(), self.worker, number, self.key_id)
        path = self.folder / f"{self.worker}-{number:06}{SUFFIX}"
        unborn = path.with_suffix(".new")  # nobody adopts it before it is locked
        try:
            fd = os.open(unborn, _FLAGS, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise CannotWrite(str(problem)) from None
        file, lines = JournalFile(path, head, fd), Numbered(self.key, head.file, 1)
        self._write(file, write_head(self.key, head))
        unborn.rename(path)
        self.files.append(file)
        self._lines = lines

    def _write(self, file: JournalFile, line: bytes) -> None:
        try:
            written = os.write(file.fd, line)
        except OSError as problem:
            written, reason = 0, str(problem)
        else:
            reason = "the disk is full"
        if written == len(line):
            file.size += written
            self._unsynced += written
            return
        self._take_back(file)
        raise CannotWrite(reason)

    def _take_back(self, file: JournalFile) -> None:
        """A part of a line would spoil all that come after it."""
        try:
            os.ftruncate(file.fd, file.size)
        except OSError:
            self.is_closed_to = True
