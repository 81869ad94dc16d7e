"""The projects of an organization as the overview has them. Two queries, however many there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from keyvault.actor import Actor
from keyvault.secrets.models import Environment, Project, Secret


@dataclass(frozen=True, slots=True)
class Line:
    """``environments`` with how many live secrets are in each, or None for who is not told."""

    project: Project
    environments: list[tuple[Environment, int | None]]


def lines_of(actor: Actor, projects: Sequence[Project], *, counted: bool) -> list[Line]:
    ids = [project.pk for project in projects]
    held = _held(actor, ids) if counted else {}
    places: dict[UUID, list[tuple[Environment, int | None]]] = defaultdict(list)
    for each in Environment.objects.visible_to(actor).filter(project__in=ids):
        places[each.project_id].append((each, held.get(each.pk, 0) if counted else None))
    return [Line(project, places[project.pk]) for project in projects]


def _held(actor: Actor, projects: Sequence[UUID]) -> dict[UUID, int]:
    live = Secret.objects.visible_to(actor).live().filter(environment__project__in=projects).order_by()
    return dict(live.values_list("environment").annotate(held=Count("id")))
