"""How far a version has been exposed: counted behind the read, a batch at a time, so that no row is hot."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone

from keyvault.actor import Actor
from keyvault.ids import uuid7
from keyvault.write_behind import WriteBehind

REVEALED, EXPORTED, BROKERED = "revealed", "exported", "brokered"

_UPSERT = """
INSERT INTO secrets_secretexposure (id, org_id, version_id, kind, count, last_at, last_by)
SELECT u.id, v.org_id, v.id, u.kind, u.count, u.at, u.by
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[])
     AS u (id, version_id, kind, count, at, by)
JOIN secrets_secretversion v ON v.id = u.version_id
ORDER BY u.version_id, u.kind
ON CONFLICT (version_id, kind) DO UPDATE SET
    count = secrets_secretexposure.count + excluded.count,
    last_at = greatest(secrets_secretexposure.last_at, excluded.last_at),
    last_by = CASE WHEN excluded.last_at >= secrets_secretexposure.last_at
              THEN excluded.last_by ELSE secrets_secretexposure.last_by END
"""

_Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    count: int
    at: dt.datetime
    by: str

    def merged(self, other: "_Seen") -> "_Seen":
        last = max(self, other, key=lambda seen: seen.at)
        return _Seen(self.count + other.count, last.at, last.by)


def note(version_id: UUID, kind: str, actor: Actor) -> None:
    """One more time that the version was revealed, exported or brokered to the actor."""
    _exposures.note((version_id, kind), _Seen(1, timezone.now(), actor.name.replace("\0", "")[:254]))


def flush() -> None:
    """Writes what this process still holds; a version that is gone meanwhile is skipped."""
    _exposures.flush()


def _write(seen: Mapping[_Key, _Seen]) -> None:
    rows = [(uuid7(), version, kind, s.count, s.at, s.by) for (version, kind), s in sorted(seen.items())]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [list(column) for column in zip(*rows, strict=True)])


_exposures: WriteBehind[_Key, _Seen] = WriteBehind(_write, _Seen.merged)
