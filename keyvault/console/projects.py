"""The projects of an organization as the overview has them. Six queries, however many there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from keyvault.actor import Actor, Role, Verb
from keyvault.secrets.models import Environment, Grant, Project, Secret
from orgs.models import Membership, TeamMember
from orgs.permissions import TABLE, Action, Right
from tokens.models import AccessToken


@dataclass(frozen=True, slots=True)
class Line:
    """``environments`` with how many live secrets are in each; that and ``tokens`` are None for who is not told.

    ``people`` may read a value of it.
    """

    project: Project
    environments: list[tuple[Environment, int | None]]
    people: int
    tokens: int | None


def lines_of(actor: Actor, projects: Sequence[Project], *, counted: bool) -> list[Line]:
    ids = [project.pk for project in projects]
    held = _held(actor, ids) if counted else {}
    people, tokens = _people(actor, ids), _tokens(actor, ids) if counted else {}
    places: dict[UUID, list[tuple[Environment, int | None]]] = defaultdict(list)
    for each in Environment.objects.visible_to(actor).filter(project__in=ids):
        places[each.project_id].append((each, held.get(each.pk, 0) if counted else None))
    return [
        Line(project, places[project.pk], len(people[project.pk]), tokens.get(project.pk, 0) if counted else None)
        for project in projects
    ]


def _held(actor: Actor, projects: Sequence[UUID]) -> dict[UUID, int]:
    live = Secret.objects.visible_to(actor).live().filter(environment__project__in=projects).order_by()
    return dict(live.values_list("environment").annotate(held=Count("id")))


def _tokens(actor: Actor, projects: Sequence[UUID]) -> dict[UUID, int]:
    """Those that reach no further than the project."""
    live = AccessToken.objects.visible_to(actor).live().filter(project__in=projects).order_by()
    return {project: n for project, n in live.values_list("project").annotate(n=Count("id")) if project}


def _people(actor: Actor, projects: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """By project who may read a value of it: by the role, by a grant, or by a team's."""
    members = dict(Membership.objects.visible_to(actor).active().values_list("pk", "role"))
    reading = {pk for pk, role in members.items() if TABLE[Action.REVEAL_SECRET][Role(role)] is Right.YES}
    found: dict[UUID, set[UUID]] = {project: set(reading) for project in projects}
    grants = Grant.objects.visible_to(actor).filter(project__in=projects, verbs__contains=[Verb.READ])
    teams: dict[UUID, list[UUID]] = defaultdict(list)
    for team, membership in TeamMember.objects.filter(team__in=grants.values("team")).values_list("team", "membership"):
        teams[team].append(membership)
    for project, membership, team in grants.values_list("project", "membership", "team"):
        found[project] |= members.keys() & ({membership} if membership else set(teams[team] if team else ()))
    return found
