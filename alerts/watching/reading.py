"""The next events to look at: all that may have been committed since the last look, and none left out.

Ids are made before their transaction commits, so "greater than the last id" would pass over whatever commits late. What
counts is the transaction: a look keeps the oldest one that was under way when it began (``pg_snapshot_xmin``), and the
next look reads every event that this or a later transaction wrote. An event may be read twice and is counted once
(:class:`alerts.models.Sighting`). Ids only bound how far back the table is searched.
"""

import datetime as dt
from uuid import UUID

from django.db import connection
from django.utils import timezone

from alerts.models import Watch
from audit.models import Event
from keyvault.ids import uuid7_floor

BATCH = 2000
LATE = dt.timedelta(hours=1)  # how long a transaction may have been under way
WIDE = dt.timedelta(days=1)  # once an hour, how far the search goes back
WIDE_EVERY = dt.timedelta(hours=1)

# A row has the low 32 bits of its transaction's number; the rest follows from the newest number there is. The margin
# is for what this very transaction wrote, which lies above its own snapshot.
_SINCE = """
    SELECT * FROM audit_event, LATERAL (
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1048576 AS top) AS newest
    WHERE id >= %s AND id > %s AND top - ((top - audit_event.xmin::text::bigint) & 4294967295) >= %s
    ORDER BY id LIMIT %s
"""
_NOTHING = UUID(int=0)


def take_watch() -> Watch | None:
    """The one place in the log, held until the transaction ends; None while somebody else has it."""
    Watch.objects.bulk_create([_beginning()], ignore_conflicts=True)
    return Watch.objects.select_for_update(skip_locked=True).first()


def read_on(watch: Watch) -> list[Event]:
    """The next batch; the place is moved on and saved, for the transaction to keep or to undo."""
    if watch.pass_below is None:
        _begin_pass(watch)
    values = [watch.floor, watch.position or _NOTHING, watch.seen_below, BATCH]
    events = list(Event.objects.raw(_SINCE, values))
    if len(events) < BATCH:
        watch.seen_below, watch.pass_below, watch.position = watch.pass_below or watch.seen_below, None, None
    else:
        watch.position = events[-1].id
    watch.save()
    return events


def _begin_pass(watch: Watch) -> None:
    now, oldest = timezone.now(), _oldest_under_way()
    back = LATE
    if watch.wide_at < now - WIDE_EVERY:
        back, watch.wide_at = WIDE, now
    if oldest < watch.seen_below:  # another cluster, whose numbers begin anew: a restored dump
        watch.seen_below = 0
    watch.floor = uuid7_floor(max(watch.began_at - back, watch.born_at))
    watch.pass_below, watch.began_at = oldest, now


def _beginning() -> Watch:
    """What happened before the first look is history and raises nothing."""
    now = timezone.now()
    return Watch(id=1, seen_below=_oldest_under_way(), floor=uuid7_floor(now), began_at=now, wide_at=now, born_at=now)


def _oldest_under_way() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (number,) = cursor.fetchone()
    return int(number)
