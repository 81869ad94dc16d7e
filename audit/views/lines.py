"""Events as lines of a timeline: who, what, where; like ones in a row told as one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from audit.entry import Outcome
from audit.models import Event, Leaf
from audit.views.phrases import Phrase, phrase_of
from keyvault.secrets.models import Environment


@dataclass(frozen=True)
class Line:
    """One event, or several that differ in nothing but their object."""

    events: tuple[Event, ...]
    number: int | None
    """Its place in the organization's sealed log; None while it waits for its seal."""
    environment: Environment | None
    """None where there was none, or where it is no more: then :attr:`place` still names it."""

    @property
    def event(self) -> Event:
        return self.events[0]

    @property
    def entry(self) -> dict[str, Any]:
        return self.event.document

    @cached_property
    def phrase(self) -> Phrase:
        return phrase_of(self.event.action)

    @property
    def actor(self) -> str:
        return str(self.entry["actor"]["name"])

    @property
    def refused(self) -> bool:
        return self.event.outcome != Outcome.SUCCESS

    @property
    def rule(self) -> str:
        """The rule that refused, as words."""
        return self.event.reason.replace("-", " ") if self.refused else ""

    @property
    def object(self) -> str:
        """What it was done to; nothing where several were."""
        named = {_object_of(each.document) for each in self.events}
        return named.pop() if len(named) == 1 else ""

    @property
    def place(self) -> str:
        return ", ".join(part["name"] for part in (self.entry["project"], self.entry["env"]) if part)

    @property
    def environments(self) -> tuple[Environment, ...]:
        return (self.environment,) if self.environment else ()

    @property
    def tone(self) -> str:
        return "danger" if self.refused else self.phrase.tone

    @property
    def times(self) -> int:
        """How often: a folded event stands for several acts."""
        return sum(_count(each.document["details"]) for each in self.events)

    @property
    def day(self) -> dt.date:
        return self.event.at.date()


def lines_of(events: Sequence[Event], *, grouped: bool) -> list[Line]:
    """Two queries more, whatever the number."""
    numbers = dict(Leaf.objects.filter(event_id__in=[each.pk for each in events]).values_list("event_id", "leaf_index"))
    places = Environment.objects.in_bulk({each.environment_id for each in events if each.environment_id})
    groups = [tuple(group) for _, group in groupby(events, _likeness if grouped else attrgetter("pk"))]
    return [Line(group, numbers.get(group[0].pk), places.get(group[0].environment_id)) for group in groups]


def _likeness(event: Event) -> tuple[object, ...]:
    return (
        *(event.at.date(), event.action, event.outcome, event.reason, event.actor_id, event.actor_type),
        *(event.token_id, event.project_id, event.environment_id, event.address),
    )


def _object_of(entry: dict[str, Any]) -> str:
    found = entry["secret"] or entry["on_token"] or entry["about"]
    return str(found["name"]) if found else ""


def _count(details: dict[str, Any]) -> int:
    count = details.get("count", 1)
    return count if isinstance(count, int) and count > 0 else 1
