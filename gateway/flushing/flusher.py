"""The thread of a worker that brings its journal into the database, and those of workers that died."""

import logging
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.db import Error, connection

from gateway.flushing.adopting import adopt
from gateway.flushing.reading import Spoiled, Tail
from gateway.flushing.telling import tell_due, tell_spoiled
from gateway.flushing.writing import release, write
from gateway.usage.folder import has_room, workers_in
from gateway.usage.journal import Journal, JournalFile
from gateway.usage.record import Record
from keyvault.errors import KeyVaultError

EVERY = 0.5  # seconds
_SYNC, _SYNC_BYTES = 1.0, 256 * 1024
_TELL, _ADOPT, _LOOK = 5.0, 30.0, 5.0

_log = logging.getLogger("gateway")


class Flusher:
    """Everything but ``start`` and ``stop`` runs in its thread, on its own connection."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tails: dict[Path, Tail] = {}
        self._open: dict[UUID, JournalFile] = {}
        self._waiting: list[Record] = []
        self._due: dict[str, float] = {}
        self._is_failing = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Once nothing is under way: the last lines are written, and what could not be is adopted by the next."""
        self._stop.set()
        self._thread.join(seconds)

    def flush(self) -> None:
        """One round over this worker's own files. Raises django.db.Error, and keeps what it has read."""
        for file in list(self._journal.files):
            self._read(file)
        write(self._waiting, self._journal.worker)
        self._waiting.clear()
        self._remove_read()

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            self._round()
        self._round()
        self._leave()
        connection.close()

    def _round(self) -> None:
        try:
            self._sync()
            self.flush()
            self._now_and_then()
            self._is_failing = False
        except (Error, KeyVaultError, OSError) as problem:
            if not self._is_failing:
                _log.error("usage cannot be written to the database now: %s", type(problem).__name__)
            self._is_failing = True
            connection.close()

    def _sync(self) -> None:
        if self._journal.unsynced and (self._is_due("sync", _SYNC) or self._journal.unsynced > _SYNC_BYTES):
            self._journal.sync()

    def _now_and_then(self) -> None:
        if self._is_due("look", _LOOK):
            self._journal.is_closed_to = not has_room(self._journal.folder)
        if self._is_due("adopt", _ADOPT):
            for worker in workers_in(self._journal.folder).keys() - {self._journal.worker}:
                adopt(self._journal.folder, worker)
        if self._is_due("tell", _TELL):
            tell_due(datetime.now(UTC))

    def _read(self, file: JournalFile) -> None:
        tail = self._tails.setdefault(file.path, Tail(file.path))
        while not file.is_spoiled and tail.offset < file.size:
            try:
                records = tail.read()
            except Spoiled as problem:
                records = problem.records
                self._set_aside(file, problem)
            self._take(file, records)

    def _take(self, file: JournalFile, records: list[Record]) -> None:
        for record in records:
            if record.is_settled:
                self._open.pop(record.id, None)
                self._waiting.append(record)
            else:
                self._open[record.id] = file

    def _set_aside(self, file: JournalFile, problem: Spoiled) -> None:
        """Our own file was altered while we wrote it: the next line begins another."""
        file.is_spoiled = True
        _log.critical("a journal was altered and is set aside: %s", problem)
        with suppress(Error, KeyVaultError):
            tell_spoiled(file.path.name)

    def _remove_read(self) -> None:
        """A file goes once all of it is in the database and none of its requests is under way.

        The event loop may have written to it, and begun the next one, since it was read: then the next round reads on.
        """
        held = set(self._open.values())
        for file in self._journal.files[:-1]:
            if not file.is_spoiled and file not in held and self._is_read(file):
                self._journal.remove(file)
                self._tails.pop(file.path, None)

    def _is_read(self, file: JournalFile) -> bool:
        """Of a file that is not written to any more."""
        tail = self._tails.get(file.path)
        return tail is not None and tail.offset >= file.size

    def _leave(self) -> None:
        if self._waiting or self._open or self._is_failing:
            self._journal.close()
            return
        for file in list(self._journal.files):
            if not file.is_spoiled:
                self._journal.remove(file)
        self._journal.close()
        with suppress(Error):
            release(self._journal.worker)

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every
        return True
