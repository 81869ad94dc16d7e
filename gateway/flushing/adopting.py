"""The journals of a worker that is no more: booked, with what was under way when it died, and removed."""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import Error

from gateway.flushing.reading import Spoiled, Tail
from gateway.flushing.telling import tell_spoiled
from gateway.flushing.writing import release, write
from gateway.usage.folder import locked, workers_in
from gateway.usage.record import Record, lost
from keyvault.errors import KeyVaultError

KEPT = timedelta(days=90)
"""Rows of requests are kept for so long, so that a line that is found again is known to be there."""
_TOGETHER = 2000

_log = logging.getLogger("gateway")


def adopt(folder: Path, worker: UUID) -> bool:
    """False where the worker lives, or somebody else is at it. Raises django.db.Error, and then all stays for the next.

    A file with a bad line is set aside under another name, and its lines up to there are booked: whoever could write
    into the folder can spoil a journal, but not say what was used.
    """
    paths = workers_in(folder).get(worker, [])
    with locked(paths) as is_ours:
        if not is_ours or not paths:
            return False
        records, spoiled = _read(paths)
        _book(records, worker)
        release(worker)
        for path in paths:
            if path in spoiled:
                path.rename(path.with_suffix(".spoiled"))
            else:
                path.unlink()
    _log.warning("the journal of worker %s, which died, was read: %s lines", worker, len(records))
    return True


def _read(paths: list[Path]) -> tuple[list[Record], set[Path]]:
    records: list[Record] = []
    spoiled: set[Path] = set()
    for path in paths:
        try:
            _read_one(Tail(path), records)
        except Spoiled as problem:
            records += problem.records
            spoiled.add(path)
            _alarm(path, problem)
    return records, spoiled


def _read_one(tail: Tail, records: list[Record]) -> None:
    """Up to the last whole line: of the one after it, its worker did not live to write the end."""
    while found := tail.read():
        records += found


def _alarm(path: Path, problem: Spoiled) -> None:
    _log.critical("a journal was altered and is set aside: %s", problem)
    with suppress(Error, KeyVaultError):
        tell_spoiled(path.name)


def _book(records: list[Record], worker: UUID) -> None:
    settled = {record.id: record for record in records if record.is_settled}
    dead = [lost(record) for record in records if not record.is_settled and record.id not in settled]
    oldest = (datetime.now(UTC) - KEPT).timestamp() * 1000
    due = [record for record in (*settled.values(), *dead) if record.at > oldest]
    if len(due) < len(settled) + len(dead):
        _log.critical("lines of a journal that are older than %s days were not taken", KEPT.days)
    for start in range(0, len(due), _TOGETHER):
        write(due[start : start + _TOGETHER], worker)
