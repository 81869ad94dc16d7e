"""The log where it lies: what ``kv_audit_verify`` checks of a bundle, and what only database and keys can show."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from audit import partitions
from audit.bundle import sealed_logs
from audit.entry import leaf_hash
from audit.models import Checkpoint
from audit.projection import MacKeys, finding_of
from audit.pruned import PrunedMonths, pruned_months
from audit.rows import COLUMNS
from audit.sealing.logs import origin_of
from audit.snapshot import one_moment, streamed
from audit.verifier.kv_audit_verify import Leaf, Log, Report, Trust, verify
from keyvault.ids import uuid7_time
from keyvault.keyring import ring

MERGE_DELAY = dt.timedelta(seconds=60)
"""By then an event is sealed: the maximum merge delay of RFC 6962."""

_EVENT = ", ".join(f"audit_event.{name}" for name in COLUMNS)
_LEAVES = f"""
    SELECT leaf_index, leaf_hash, statement, event_id, {_EVENT} FROM audit_leaf
    LEFT JOIN audit_event ON audit_event.id = audit_leaf.event_id
    WHERE audit_leaf.log_id = %s AND audit_leaf.epoch = %s ORDER BY leaf_index
"""  # noqa: S608  columns of our own
_UNSEALED = f"""
    SELECT {_EVENT} FROM audit_event
    WHERE NOT EXISTS (SELECT FROM audit_leaf WHERE audit_leaf.event_id = audit_event.id)
"""  # noqa: S608


def verify_database(trust: Trust, *, host: str) -> Report:
    """One snapshot of all logs and of what is not sealed yet. Raises CannotRun."""
    report = Report()
    with one_moment():
        keys, pruned = _Rows(report), pruned_months(report)
        waiting = dict(trust.receipts)
        _check_unsealed(keys, waiting, report)
        logs = [_stored(host, log_id, epoch, keys, pruned) for log_id, epoch in sealed_logs()]
        if logs:
            verify(logs, replace(trust, receipts=waiting), report)
        else:
            report.add("W_BACKLOG", "", "nothing is sealed yet")
        for table in partitions.unguarded():
            report.add("W_TRIGGER_MISSING", "", f"{table} lacks a trigger that keeps it append-only")
    if trust.witness is None:
        report.add("W_NO_WITNESS", "", "no witness was asked: who holds the signing key could have rewritten the log")
    return report


class _Rows:
    """Checks rows of events against their entries and MACs."""

    def __init__(self, report: Report) -> None:
        self._report, self._keys = report, MacKeys()
        self._can = bool(ring.held_root_ids())
        if not self._can:
            report.add("W_MAC_NOT_CHECKED", "", "this process holds no root key, so no row's MAC was checked")

    def check(self, row: Mapping[str, Any], where: str) -> None:
        finding = finding_of(row, self._keys if self._can else None)
        if finding:
            self._report.add(finding, where, f"event {row['id']} is not as it was written")


def _stored(host: str, log_id: UUID, epoch: int, rows: _Rows, pruned: PrunedMonths) -> Log:
    origin = origin_of(host, log_id, epoch)
    notes = Checkpoint.objects.filter(log_id=log_id, epoch=epoch).order_by("size").values_list("note", flat=True)
    return Log(origin, str(log_id), epoch, lambda: _leaves(origin, log_id, epoch, rows, pruned), notes.iterator)


def _leaves(origin: str, log_id: UUID, epoch: int, rows: _Rows, pruned: PrunedMonths) -> Iterator[Leaf]:
    for index, stored, statement, event_id, *event in streamed(_LEAVES, [log_id, epoch]):
        row = dict(zip(COLUMNS, event, strict=True))
        entry = statement if event_id is None else row["entry"]
        if entry is None and not pruned.has(event_id):
            rows._report.add("E_EVENT_MISSING", origin, f"leaf {index}: event {event_id} is gone")
        elif entry is not None and event_id is not None:
            rows.check(row, origin)
        yield Leaf(index, bytes(entry) if entry is not None else None, bytes(stored))


def _check_unsealed(rows: _Rows, receipts: dict[bytes, str], report: Report) -> None:
    """A receipt of an event that waits for its seal is good, though nothing is proven of it yet."""
    count, oldest = 0, None
    for event in streamed(_UNSEALED):
        row = dict(zip(COLUMNS, event, strict=True))
        rows.check(row, "not sealed yet")
        receipts.pop(leaf_hash(bytes(row["entry"])), None)
        count, oldest = count + 1, min(oldest or row["id"], row["id"])
    if oldest and uuid7_time(oldest) < dt.datetime.now(dt.UTC) - MERGE_DELAY:
        report.add(
            "W_BACKLOG", "", f"{count} events are not sealed, the oldest of {uuid7_time(oldest):%Y-%m-%d %H:%M:%S}"
        )
