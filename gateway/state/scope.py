"""Which tokens are to be read anew, as changes name them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import LiteralString
from uuid import UUID

EVERYTHING = "everything"

# By the kind of a change: which rows of tokens (t), joined with memberships (m), it is about.
_WHERE: Mapping[str, LiteralString] = {
    "token": "t.id = ANY(%(token)s)",
    "membership": "t.membership_id = ANY(%(membership)s)",
    "user": "m.user_id = ANY(%(user)s)",
    "team": "t.membership_id IN (SELECT membership_id FROM orgs_teammember WHERE team_id = ANY(%(team)s))",
    "service": "t.service_id = ANY(%(service)s)",
    "environment": "t.environment_id = ANY(%(environment)s)",
    "secret": "t.environment_id IN (SELECT environment_id FROM secrets_secret WHERE id = ANY(%(secret)s))",
    "project": "t.project_id = ANY(%(project)s)",
    "org": "t.org_id = ANY(%(org)s)",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """``subjects`` by kind; with ``everything`` they do not count."""

    everything: bool = False
    subjects: Mapping[str, frozenset[UUID]] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[tuple[str, UUID | None]]) -> "Scope":
        """A kind that is not known here, from a newer release's trigger, is taken for everything."""
        subjects: dict[str, set[UUID]] = {}
        for kind, subject in changes:
            if subject is None or kind not in _WHERE:
                return cls(everything=True)
            subjects.setdefault(kind, set()).add(subject)
        return cls(subjects={kind: frozenset(each) for kind, each in subjects.items()})

    def __bool__(self) -> bool:
        return self.everything or bool(self.subjects)

    @property
    def tokens(self) -> frozenset[UUID]:
        """Those asked for by name: one that is not found is no more."""
        return self.subjects.get("token", frozenset())

    @property
    def where(self) -> LiteralString:
        if self.everything:
            return "TRUE"
        found: LiteralString = ""
        for kind in self.subjects:
            found = f"{found} OR {_WHERE[kind]}" if found else _WHERE[kind]
        return f"({found})" if found else "FALSE"

    @property
    def values(self) -> dict[str, list[UUID]]:
        return {kind: list(each) for kind, each in self.subjects.items()}
