"""When, from where and by what a token was last used: noted in memory, written behind, a batch at a time.

A request costs no statement. A process that is killed loses what it noted in the last seconds; the log has every act.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import Error, close_old_connections, connection

from keyvault.actor import Origin

INTERVAL = 5.0  # seconds

_AGENT_LIMIT = 200  # characters
_log = logging.getLogger(__name__)

# A token that is gone by now is left out; of two processes the later use stays, and both are counted.
_WRITE = """
INSERT INTO tokens_tokenuse AS kept (token_id, org_id, last_at, address, agent, count)
SELECT t.id, t.org_id, noted.last_at, noted.address, noted.agent, noted.count
FROM unnest(%s::uuid[], %s::timestamptz[], %s::inet[], %s::text[], %s::bigint[])
    AS noted (token_id, last_at, address, agent, count)
JOIN tokens_accesstoken t ON t.id = noted.token_id
ORDER BY t.id
ON CONFLICT (token_id) DO UPDATE SET
    last_at = greatest(kept.last_at, excluded.last_at),
    address = CASE WHEN excluded.last_at >= kept.last_at THEN excluded.address ELSE kept.address END,
    agent = CASE WHEN excluded.last_at >= kept.last_at THEN excluded.agent ELSE kept.agent END,
    count = kept.count + excluded.count
"""


@dataclass(frozen=True, slots=True)
class Use:
    at: dt.datetime
    address: str | None
    agent: str
    count: int

    def after(self, earlier: "Use | None") -> "Use":
        """Both in one: of the later one the circumstances, of both the count."""
        if earlier is None:
            return self
        last = self if self.at >= earlier.at else earlier
        return Use(last.at, last.address, last.agent, self.count + earlier.count)


_lock = threading.Lock()
_noted: dict[UUID, Use] = {}


def note(token_id: UUID, origin: Origin, at: dt.datetime) -> None:
    use = Use(at, origin.address, origin.agent.replace("\0", "")[:_AGENT_LIMIT], 1)
    with _lock:
        _noted[token_id] = use.after(_noted.get(token_id))


def flush() -> None:
    """Writes what this process has noted. Raises django.db.Error, and keeps it for the next time."""
    global _noted
    with _lock:
        noted, _noted = _noted, {}
    if not noted:
        return
    try:
        _write(noted)
    except Error:
        _put_back(noted)
        raise


def start_flusher() -> None:
    """For a server: a thread of this process with a connection of its own, until the process ends."""
    threading.Thread(target=_flush_for_ever, name="last-use", daemon=True).start()


def _flush_for_ever() -> None:
    while True:
        time.sleep(INTERVAL)
        close_old_connections()
        try:
            flush()
        except Error as problem:
            _log.warning("The last use of tokens waits to be written (%s)", type(problem).__name__)


def _write(noted: Mapping[UUID, Use]) -> None:
    uses = noted.values()
    columns: tuple[list[object], ...] = (
        list(noted),
        [use.at for use in uses],
        [use.address for use in uses],
        [use.agent for use in uses],
        [use.count for use in uses],
    )
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, columns)


def _put_back(noted: Mapping[UUID, Use]) -> None:
    with _lock:
        for token_id, use in noted.items():
            _noted[token_id] = use.after(_noted.get(token_id))
