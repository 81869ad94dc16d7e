"""Composite foreign keys ``(org_id, id)``: a row cannot point into another organization, whatever the code does."""

from dataclasses import dataclass

from django.db.migrations.operations import RunSQL


@dataclass(frozen=True, slots=True)
class CompositeKey:
    """``table (columns) -> parent (org_id, [project_id,] id)``; deferred to commit, so that order does not matter."""

    table: str
    column: str
    parent: str
    via: tuple[str, ...] = ("org_id",)

    @property
    def name(self) -> str:
        return f"{self.table}_{self.column}_same_org"

    def operation(self) -> RunSQL:
        """The migration operation. MATCH SIMPLE: a null ``column`` is not checked."""
        mine = ", ".join((*self.via, self.column))
        their = ", ".join((*self.via, "id"))
        return RunSQL(
            f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} FOREIGN KEY ({mine})"
            f" REFERENCES {self.parent} ({their}) DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}",
        )
