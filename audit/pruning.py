"""Taking whole months out of the log, once an archive of them was checked. The log's proofs stay, its texts go.

Run as the database's owner: nobody else can drop a partition. Leaves, tiles and checkpoints are kept, so that every
root, receipt and consistency proof is as good as before.
"""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg import sql

from audit.bundle import export
from audit.services import JSON, record
from audit.verifier import kv_audit_verify as verifier
from keyvault.actor import system
from keyvault.ids import uuid7_floor
from keyvault.target import Target

PRUNE = "audit:prune"

_UNSEALED = """
    SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM audit_leaf WHERE audit_leaf.event_id = audit_event.id)),
           count(*)
    FROM audit_event WHERE id >= %s AND id < %s
"""
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_SUMS = "SHA256SUMS"


class CannotPrune(Exception):
    """Nothing of the month was taken away. The sentence says why."""


@dataclass(frozen=True, slots=True)
class Month:
    first: dt.date

    @classmethod
    def parse(cls, text: str) -> "Month":
        """``2026-01``. Raises CannotPrune."""
        found = _MONTH.fullmatch(text)
        if found is None:
            raise CannotPrune(f"{text} is no month: write it as 2026-01.")
        return cls(dt.date(int(found[1]), int(found[2]), 1))

    @property
    def name(self) -> str:
        """As in the partition's name."""
        return f"{self.first:%Y_%m}"

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """Of the partition: from the first, up to and without the second."""
        start, end = (dt.datetime(day.year, day.month, 1, tzinfo=dt.UTC) for day in (self.first, self._next))
        return uuid7_floor(start), uuid7_floor(end)

    @property
    def _next(self) -> dt.date:
        return (self.first + dt.timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Pruned:
    month: Month
    events: int
    archive: Path


def months_before(end: Month) -> list[Month]:
    """Those that have a partition still, oldest first. Raises CannotPrune for one that is not over."""
    if end.first > timezone.now().date().replace(day=1):
        raise CannotPrune("A month that is not over cannot be pruned.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(relname, 7) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
            "WHERE inhparent = 'public.audit_event'::regclass ORDER BY relname"
        )
        months = [Month.parse(name.replace("_", "-")) for (name,) in cursor.fetchall()]
    return [month for month in months if month.first < end.first]


def prune(month: Month, folder: Path, *, host: str, public: bytes) -> Pruned:
    """Archives, checks the archive, records, drops; the last two in one transaction. Raises CannotPrune.

    An archive that is there already is checked and used, so that a prune which stopped goes on.
    """
    events = _require_sealed(month)
    archive = folder / f"{month.first:%Y-%m}"
    if not archive.exists():
        export(archive, host=host, public=public, within=month.ids)
    _require_whole(archive, month, public, events)
    digest = _summed(archive)
    try:
        with transaction.atomic(durable=True):
            _drop(month, events, digest)
    except OperationalError:  # the wait for the lock
        raise CannotPrune("The log was busy for five seconds: try again.") from None
    return Pruned(month, events, archive)


def _require_sealed(month: Month) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, month.ids)
        unsealed, events = cursor.fetchone()
    if unsealed:
        raise CannotPrune(f"{unsealed} events of {month.name} are not sealed: what no log has cannot be taken away.")
    return int(events)


def _require_whole(archive: Path, month: Month, public: bytes, events: int) -> None:
    """By the auditor's own tool, from the files; every event of the month must stand in them."""
    report = verifier.Report()
    try:
        verifier.verify(verifier.bundle(archive), verifier.Trust([verifier.Key("", public)]), report)
    except (verifier.CannotRun, verifier.UnknownFormat, OSError) as problem:
        raise CannotPrune(f"The archive {archive} cannot be checked: {problem}") from None
    if report.exit_code == verifier.TAMPERED:
        raise CannotPrune(f"The archive {archive} is not verified: {report.findings[0].sentence}")
    if (held := report.events) != events:
        raise CannotPrune(f"The archive {archive} holds {held} events, {month.name} has {events}.")


def _summed(archive: Path) -> bytes:
    """SHA-256 of the list of the files' digests, which lies beside them as sha256sum writes it."""
    files = sorted(path for path in archive.rglob("*") if path.is_file() and path.name != _SUMS)
    lines = [f"{_digest(path)}  {path.relative_to(archive)}\n" for path in files]
    (archive / _SUMS).write_text("".join(lines), encoding="utf-8")
    return hashlib.sha256("".join(lines).encode()).digest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _drop(month: Month, events: int, digest: bytes) -> None:
    details: dict[str, JSON] = {"month": month.name, "events": events, "archive": digest.hex()}
    receipt = record(PRUNE, actor=system("audit"), on=Target(org=None), details=details)
    part = sql.Identifier("audit_parts", f"audit_event_{month.name}")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(
            "INSERT INTO audit_prune (month, events, archive, event_id) VALUES (%s, %s, %s, %s)",
            [month.name, events, digest, receipt.event_id],
        )
        cursor.execute(sql.SQL("ALTER TABLE public.audit_event DETACH PARTITION {}").format(part))
        cursor.execute(sql.SQL("DROP TABLE {}").format(part))
