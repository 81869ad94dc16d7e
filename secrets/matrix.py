"""A project's secrets as a table: a row for each name, a cell for each environment. Two queries, however many names."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from keyvault.actor import Actor
from keyvault.secrets.models import Environment, SecretKind
from keyvault.secrets.querysets import SecretQuerySet
from keyvault.secrets.services.listing import Listed
from keyvault.target import Ref, Target
from orgs.decide import GrantFacts, decide
from orgs.permissions import Action

_OF_SECRET = ("id", "name", "kind", "note", "environment_id", "current", "rotate_by")
_OF_OWNER = ("owner__user__name", "owner__user__email")
_OF_VERSION = ("versions__created_at", "versions__created_by", "versions__fingerprint")


class State(StrEnum):
    """Of a cell. ``LOCKED`` says nothing of whether there is a secret."""

    STORED = "stored"
    MISSING = "missing"
    LOCKED = "locked"


class Show(StrEnum):
    """Which rows are asked for."""

    ALL = "all"
    MISSING = "missing"
    SAME = "same"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Cell:
    environment: Environment
    state: State
    version: int = 0
    kind: str = SecretKind.SECRET
    note: str = ""
    made_at: dt.datetime | None = None
    made_by: str = ""
    rotate_by: dt.date | None = None
    due: bool = False
    owner: str = ""
    same_as: tuple[Environment, ...] = ()
    may_read: bool = False
    may_add: bool = False

    @property
    def serious(self) -> bool:
        """An equal value on the other side of what is protected: a leak in one opens the other."""
        return any(each.protected != self.environment.protected for each in self.same_as)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    cells: tuple[Cell, ...]

    @property
    def note(self) -> str:
        return next((cell.note for cell in self.cells if cell.note), "")

    @property
    def missing(self) -> tuple[Environment, ...]:
        return tuple(cell.environment for cell in self.cells if cell.state is State.MISSING)

    def is_one_of(self, show: Show) -> bool:
        return {
            Show.ALL: True,
            Show.MISSING: bool(self.missing),
            Show.SAME: any(cell.same_as for cell in self.cells),
            Show.DUE: any(cell.due for cell in self.cells),
        }[show]


@dataclass(frozen=True, slots=True)
class Matrix:
    environments: tuple[Environment, ...]
    rows: tuple[Row, ...]
    columns: tuple[tuple[Environment, int | None], ...]
    """Each environment with how many secrets it has; None for one that is not open."""

    def filtered(self, show: Show, words: str) -> list[Row]:
        """By the kind of row, and by a part of the name or the note."""
        wanted = words.casefold()
        found = (row for row in self.rows if wanted in row.name.casefold() or wanted in row.note.casefold())
        return [row for row in found if row.is_one_of(show)]

    def count(self, show: Show) -> int:
        return sum(row.is_one_of(show) for row in self.rows)

    @property
    def serious(self) -> list[Row]:
        """Rows whose value a protected environment shares with one that is not."""
        return [row for row in self.rows if any(cell.serious for cell in row.cells)]


def matrix_of(actor: Actor, listed: Listed, among: Sequence[Environment] = ()) -> Matrix:
    """Of all environments, or of those ``among`` them. What may be done is offered as if a second factor was fresh."""
    shown = tuple(among) or listed.environments
    facts = _facts(listed.secrets.filter(environment__in=shown) if among else listed.secrets)
    same = _equal(actor, listed, facts)
    by_name: dict[str, dict[UUID, dict[str, Any]]] = defaultdict(dict)
    for fact in facts:
        by_name[fact["name"]][fact["environment_id"]] = fact
    rights = _Rights(actor, listed.grants, {each: each.target for each in shown})
    rows = tuple(
        Row(name, tuple(_cell(rights, listed, each, name, by_name[name].get(each.pk), same) for each in shown))
        for name in sorted(by_name)
    )
    held = Counter(fact["environment_id"] for fact in facts)
    columns = tuple((each, held[each.pk] if each in listed.open else None) for each in shown)
    return Matrix(shown, rows, columns)


@dataclass(frozen=True, slots=True)
class _Rights:
    actor: Actor
    grants: tuple[GrantFacts, ...]
    targets: Mapping[Environment, Target]

    def may(self, action: Action, environment: Environment, name: str) -> bool:
        on = replace(self.targets[environment], secret=Ref(UUID(int=0), name))
        actor = replace(self.actor, stepped_up=True)
        return decide(action, actor=actor, target=on, grants=self.grants).allowed


def _facts(secrets: SecretQuerySet) -> list[dict[str, Any]]:
    current = secrets.filter(versions__version=F("current")).order_by("name")
    return list(current.values(*_OF_SECRET, *_OF_OWNER, *_OF_VERSION))


def _cell(
    rights: _Rights,
    listed: Listed,
    environment: Environment,
    name: str,
    fact: dict[str, Any] | None,
    same: Mapping[UUID, tuple[Environment, ...]],
) -> Cell:
    if environment not in listed.open:
        return Cell(environment, State.LOCKED)
    if fact is None:
        return Cell(environment, State.MISSING, may_add=rights.may(Action.CREATE_SECRET, environment, name))
    return Cell(
        environment,
        State.STORED,
        version=fact["current"],
        kind=fact["kind"],
        note=fact["note"],
        made_at=fact["versions__created_at"],
        made_by=fact["versions__created_by"],
        rotate_by=fact["rotate_by"],
        due=is_due(fact["rotate_by"]),
        owner=fact["owner__user__name"] or fact["owner__user__email"] or "",
        same_as=same.get(fact["id"], ()),
        may_read=fact["kind"] != SecretKind.BROKERED and rights.may(Action.REVEAL_SECRET, environment, name),
    )


def is_due(rotate_by: dt.date | None) -> bool:
    return rotate_by is not None and rotate_by <= timezone.now().date()


def _equal(actor: Actor, listed: Listed, facts: Iterable[Mapping[str, Any]]) -> dict[UUID, tuple[Environment, ...]]:
    """By a secret's id the other environments that hold its value: among what the actor may read, and no wider."""
    places = {each.pk: each for each in listed.environments}
    targets = {each.pk: each.target for each in listed.environments}
    groups: dict[bytes, list[Mapping[str, Any]]] = defaultdict(list)
    for fact in facts:
        mark = fact["versions__fingerprint"]
        on = replace(targets[fact["environment_id"]], secret=Ref(fact["id"], fact["name"]))
        if mark and decide(Action.FIND_DUPLICATES, actor=actor, target=on, grants=listed.grants).allowed:
            groups[bytes(mark)].append(fact)
    return {
        fact["id"]: others
        for group in groups.values()
        for fact in group
        if (
            others := tuple(
                places[pk] for pk in sorted({f["environment_id"] for f in group} - {fact["environment_id"]})
            )
        )
    }
