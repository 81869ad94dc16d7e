"""The events that a restored database has lost, from a bundle or from lines of a log that was kept elsewhere.

Lines need no proof: what is done after them only ever takes rights away. A bundle that was tampered with is refused all
the same, because something might be missing from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from audit.verifier import kv_audit_verify as verifier

Entry = Mapping[str, Any]
"""An event's entry, see :mod:`audit.entry`."""

_KNOWN = """
    SELECT id FROM audit_event WHERE id = ANY (%s)
    UNION SELECT event_id FROM audit_leaf WHERE event_id = ANY (%s)
"""
_AT_ONCE = 1000


class CannotRead(Exception):
    """The sentence says why."""


def lost_events(source: Path) -> list[Entry]:
    """Acts that succeeded and that the database knows nothing of, oldest first. Raises CannotRead."""
    try:
        found = list(_unknown(_entries(source)))
    except (OSError, verifier.CannotRun, verifier.UnknownFormat) as problem:
        raise CannotRead(f"{source} cannot be read: {problem}") from None
    return sorted(found, key=lambda entry: (entry["ts"], entry["id"]))


def _entries(source: Path) -> Iterator[Entry]:
    paths = _of_bundle(source) if source.is_dir() else [source]
    seen = 0
    for path in paths:
        with path.open("rb") as file:
            for line in file:
                if entry := _entry(line):
                    seen += 1
                    yield entry
    if not seen:
        raise CannotRead(f"{source} holds no event.")


def _of_bundle(folder: Path) -> list[Path]:
    """The files of its events. That a key came with it is enough here: see above."""
    logs = verifier.bundle(folder)
    report = verifier.Report()
    verifier.verify(logs, verifier.Trust(verifier.given_keys([str(folder / "keys.txt")]), False), report)
    if report.exit_code == verifier.TAMPERED:
        raise CannotRead(f"{folder} is not as it was exported: {report.findings[0].sentence}.")
    return sorted(folder.glob("*/entries.jsonl"))


def _entry(line: bytes) -> Entry | None:
    """An event's own line, or one of ``audit list``; a server's other lines are none."""
    if not line.startswith(b"{"):
        return None
    try:
        found = orjson.loads(line)
        entry = found.get("entry", found)
        UUID(entry["id"])
        is_success = entry["outcome"] == "success" and isinstance(entry["action"], str) and isinstance(entry["ts"], str)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return entry if is_success else None


def _unknown(entries: Iterable[Entry]) -> Iterator[Entry]:
    rest = iter(entries)
    while some := {UUID(entry["id"]): entry for entry in islice(rest, _AT_ONCE)}:
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [list(some), list(some)])
            known = {event_id for (event_id,) in cursor.fetchall()}
        yield from (entry for event_id, entry in some.items() if event_id not in known)
