"""Where a database says it lives, where it does live, and what follows. Pure: every process can use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, LiteralString, Self
from uuid import UUID

# In recovery the place is not asked: there is no writing position then.
LOOK: LiteralString = """
SELECT pg_is_in_recovery(), id, epoch, place, doubt,
    CASE WHEN pg_is_in_recovery() THEN '' ELSE public.installation_place() END,
    CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_current_wal_flush_lsn() - '0/0'::pg_lsn END::bigint
FROM public.installation
"""
DOUBT: LiteralString = "SELECT public.installation_doubt(%s)"
UNKNOWN = "The database does not say where it lives."


@dataclass(frozen=True, slots=True)
class Memory:
    """What somebody outside of the database remembers. ``written``: how many bytes it had ever written."""

    id: UUID
    epoch: int
    place: str
    written: int


@dataclass(frozen=True, slots=True)
class Found:
    """A row of :data:`LOOK`."""

    RECOVERY: ClassVar = "The database is in recovery: it is a standby, or its restore has not ended."

    in_recovery: bool
    id: UUID
    epoch: int
    said: str
    doubt: str
    place: str
    written: int

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        return cls(*row)

    @property
    def memory(self) -> Memory:
        return Memory(self.id, self.epoch, self.place, self.written)

    def is_another_than(self, memory: Memory) -> bool:
        return self.place != memory.place or bool(self.contradiction(memory))

    def is_later_than(self, memory: Memory) -> bool:
        return (self.epoch, self.written) > (memory.epoch, memory.written)

    def trouble(self, memory: Memory | None = None) -> str:
        """Why tokens are refused, as a sentence; empty where this is the database it was."""
        if self.in_recovery:
            return self.RECOVERY
        if self.place != self.said:
            return "The database was restored from a backup, or moved to another place."
        if self.doubt:
            return self.doubt
        return self.contradiction(memory) if memory else ""

    def contradiction(self, memory: Memory) -> str:
        """What only ``memory`` shows; whoever finds it says so to the database by :data:`DOUBT`, for everybody else.

        An epoch that is newer was accepted by the database's owner since.
        """
        if self.id != memory.id:
            return "The database is that of another installation."
        if self.epoch < memory.epoch:
            return "The database is older than one that was accepted before."
        if self.epoch == memory.epoch and (self.place != memory.place or self.written < memory.written):
            return "The database went back in time."
        return ""


class Watch:
    """What one process remembers, asked by a connection of its own driver: for whoever has no Django at hand."""

    def __init__(self) -> None:
        self._memory: Memory | None = None

    def look(self, connection: Any) -> str:
        """Why no token may be served from this database, or nothing. Raises what the driver raises."""
        row = connection.execute(LOOK).fetchone()
        if row is None:
            return UNKNOWN
        now = Found.of(row)
        trouble = now.trouble(self._memory)
        if not trouble:
            self._memory = now.memory
        elif not now.trouble():
            connection.execute(DOUBT, [trouble])
        return trouble
