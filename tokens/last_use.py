"""When, from where and by what a token was last used: noted in memory, written behind; a request costs no statement."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from keyvault.actor import Origin
from keyvault.write_behind import WriteBehind

_AGENT_LIMIT = 200  # characters

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


def note(token_id: UUID, origin: Origin, at: dt.datetime) -> None:
    _uses.note(token_id, Use(at, origin.address, origin.agent.replace("\0", "")[:_AGENT_LIMIT], 1))


def flush() -> None:
    """Writes what this process has noted. Raises django.db.Error, and keeps it for the next time."""
    _uses.flush()


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


_uses: WriteBehind[UUID, Use] = WriteBehind(
    lambda noted: _write(noted),  # noqa: PLW0108 - looked up at each call
    lambda kept, new: new.after(kept),
)
