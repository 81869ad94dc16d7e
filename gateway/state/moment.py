"""When the database was read, and whether it is still the same database. Pure."""

from dataclasses import dataclass
from typing import Any, LiteralString

# In the transaction that reads the rows, so that both are of one snapshot.
READ: LiteralString = """
SELECT s.system_identifier::text, c.timeline_id, pg_postmaster_start_time()::text, pg_current_snapshot()::text,
       pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text
FROM pg_control_system() s, pg_control_checkpoint() c
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """``identity`` is the cluster, its timeline and its start: a restore, a promotion or a restart changes it.

    Transactions below ``xmin`` had ended when the snapshot was taken; none from ``xmax`` on had begun to be seen.
    """

    identity: tuple[str, int, str]
    snapshot: str
    xmin: int
    xmax: int

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Moment":
        system, timeline, started, snapshot, xmin, xmax = row
        return cls((system, timeline, started), snapshot, int(xmin), int(xmax))

    def continues(self, before: "Moment") -> bool:
        """Whether what was read before holds but for the changes since: the same database, and not an older one."""
        return self.identity == before.identity and self.xmax >= before.xmax and self.xmin >= before.xmin
