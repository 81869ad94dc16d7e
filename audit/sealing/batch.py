"""The next events to seal: found by what is missing in the logs, never by a highest number.

Ids are made before their transaction commits, so an event may appear below others that are sealed long since. A look
asks for every event of the last hour that has no leaf, and once an hour for every event at all.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db import connection

from audit.projection import Row
from audit.rows import COLUMNS
from keyvault.ids import uuid7_floor

MOST = 5000
LATE = dt.timedelta(hours=1)

_BEGINNING = UUID(int=0)

_UNSEALED = f"""
    SELECT {", ".join(COLUMNS)} FROM audit_event
    WHERE id >= %s AND id <> ALL (%s)
      AND NOT EXISTS (SELECT FROM audit_leaf WHERE audit_leaf.event_id = audit_event.id)
    ORDER BY id LIMIT %s
"""  # noqa: S608  columns of our own


def unsealed(
    *, everything: bool, without: Collection[UUID] = (), most: int = MOST, onward: UUID | None = None
) -> list[Row]:
    """At most ``most`` events that no log has, oldest first; of the last hour, or of all time.

    ``onward`` is where a look that was full goes on, so that a long backlog is not walked from its beginning each time.
    """
    floor = onward or (_BEGINNING if everything else uuid7_floor(dt.datetime.now(dt.UTC) - LATE))
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, [floor, list(without), most])
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
