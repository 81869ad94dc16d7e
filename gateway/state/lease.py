"""Our row among the workers: what we have applied, and until when we may serve (by the database's clock)."""

import os
from uuid import UUID

from gateway.state.loading import Connection

SECONDS = 5.0
"""Without a word from the database for so long, nothing is served and what runs is cut."""

_TAKE = """
INSERT INTO gateway_worker (id, name, started_at, lease_until)
VALUES (%(id)s, %(name)s, now(), clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (id) DO UPDATE SET seen = NULL, lease_until = EXCLUDED.lease_until
"""
_RENEW = """
UPDATE gateway_worker SET seen = %(seen)s::text::pg_snapshot,
       lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s
"""


class Lease:
    """Taken before the first look: whoever revokes from then on waits for us."""

    def __init__(self, worker: UUID) -> None:
        self.worker = worker
        self._name = f"{os.uname().nodename}:{os.getpid()}"[:120]

    def take(self, connection: Connection) -> None:
        connection.execute(_TAKE, {"id": self.worker, "name": self._name, "seconds": SECONDS})

    def renew(self, connection: Connection, seen: str) -> bool:
        """Says that all of the snapshot is applied. False where the row is gone: then it must be taken again."""
        said = connection.execute(_RENEW, {"id": self.worker, "seen": seen, "seconds": SECONDS})
        return said.rowcount == 1

    def give_up(self, connection: Connection) -> None:
        connection.execute("DELETE FROM gateway_worker WHERE id = %s", [self.worker])
