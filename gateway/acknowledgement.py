"""Whether the workers of the gateway have applied a change, and which changes all of them have.

A worker says in its row which snapshot it has applied, and until when it may serve without saying more. So a change is
in force everywhere once each worker has its transaction in the snapshot, or serves nobody any more: a worker that
cannot be reached stops by itself, and whoever waits need not ask it (docs/adr/0014).
"""

import datetime as dt
import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

PATIENCE = 3.0
"""Seconds that an answer waits. A lease may run for five, and then the answer says who is late, and until when."""

_PAUSE = 0.02  # seconds between looks

_LATE = """
SELECT w.name, w.lease_until FROM gateway_worker w
WHERE w.lease_until > clock_timestamp()
  AND (w.seen IS NULL OR EXISTS (
      SELECT FROM gateway_change c WHERE c.subject = ANY(%s) AND NOT pg_visible_in_snapshot(c.xid, w.seen)))
ORDER BY w.lease_until, w.name
"""

# A worker goes on from the changes that had not ended when it last looked. While one has not looked yet nobody knows
# from where it will go on, and none is pruned.
_APPLIED = """
FROM gateway_change c
WHERE c.xid < pg_snapshot_xmin(pg_current_snapshot()) AND NOT EXISTS (
    SELECT FROM gateway_worker w
    WHERE w.lease_until > clock_timestamp() AND (w.seen IS NULL OR c.xid >= pg_snapshot_xmin(w.seen)))
"""
_GONE = "FROM gateway_worker w WHERE w.lease_until < clock_timestamp() - interval '1 day'"


@dataclass(frozen=True, slots=True)
class Late:
    """A worker that may still serve by what was before; from ``until`` on it serves nobody."""

    worker: str
    until: dt.datetime


def wait_for_workers(subjects: Collection[UUID], seconds: float = PATIENCE) -> list[Late]:
    """Who is late, none as a rule. ``subjects`` are the tokens (members, environments, …) that were changed.

    To be called after the commit and outside of a transaction: before it nobody can know.
    """
    end = time.monotonic() + seconds
    while (late := _late(subjects)) and time.monotonic() < end:
        time.sleep(_PAUSE)
    return late


def count_applied_changes() -> int:
    """Changes that no worker needs any more, and workers that are no more."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT (SELECT count(*) {_APPLIED}) + (SELECT count(*) {_GONE})")
        return int(cursor.fetchone()[0])


def forget_applied_changes() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE {_APPLIED}")
        changes = cursor.rowcount
        cursor.execute(f"DELETE {_GONE}")
        return int(changes + cursor.rowcount)


def _late(subjects: Collection[UUID]) -> list[Late]:
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [list(subjects)])
        return [Late(worker, until) for worker, until in cursor.fetchall()]
