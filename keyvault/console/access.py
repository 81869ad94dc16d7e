"""Who reaches what in the whole organization: people or teams by environment, each cell with its reason; as CSV too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.listing import csv_line
from keyvault.console.desk import Desk, desk_in, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from keyvault.secrets.models import Environment, Grant, Project
from keyvault.secrets.reach import Line, Reach, TeamLine, each_line, each_team_line
from orgs.models import Membership, Team
from orgs.permissions import Action

_ROWS = 50
_PROJECTS = 4
"""Beside each other: each brings a column for every environment."""
_HEADER = ("kind", "name", "email", "role", "project", "environment", "protected", "verbs", "partly", "names", "why")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, as they stand in the address."""

    words: str
    teams: bool
    project: str

    @property
    def filters(self) -> list[str]:
        """For the log: which were set, never what was typed."""
        return [name for name, said in (("q", self.words), ("project", self.project)) if said]

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        return cls(
            words=query.get("q", "").strip()[:120].replace("\0", ""),
            teams=query.get("show") == "teams",
            project=query.get("project", "")[:63].replace("\0", ""),
        )


@login_required
@never_cache
@require_safe
def access(request: HttpRequest, org: str) -> HttpResponse:
    desk, asked = desk_in(request, org), Asked.read(request.GET)
    whole = _look(desk, asked, "page")
    projects = Paginator(_projects(desk, asked), _PROJECTS).get_page(request.GET.get("projects"))
    rows = Paginator(_rows(desk, asked, whole), _ROWS).get_page(request.GET.get("page"))
    environments = _environments(desk, list(projects))
    facts = {
        "asked": asked,
        "whole": whole,
        "choices": Project.objects.visible_to(desk.actor).order_by("slug"),
        "projects": projects,
        "environments": environments,
        "rows": rows,
        "lines": list(_lines(desk, list(rows), environments)),
    }
    return page(request, desk, "console/access.html", facts, at="access", fragment="console/_access.html")


@login_required
@never_cache
@require_safe
def export(request: HttpRequest, org: str) -> HttpResponseBase:
    """A line for every cell in which somebody reaches something: all rows and projects that the filters leave."""
    desk, asked = desk_in(request, org), Asked.read(request.GET)
    whole = _look(desk, asked, "csv")
    environments = _environments(desk, list(_projects(desk, asked)))
    lines = _lines(desk, list(_rows(desk, asked, whole)), environments)
    answer = StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="access-{desk.org.slug}.csv"'
    return answer


def _look(desk: Desk, asked: Asked, how: str) -> bool:
    """Whether of everybody, which is for who may look at grants; others see themselves."""
    whole = desk.may(Action.LIST_GRANTS)
    action = Action.LIST_GRANTS if whole else Action.EXPLAIN_ACCESS
    show = "teams" if asked.teams else "people"
    details = {"of": "organization", "as": how, "show": show, "by": asked.filters}
    look(actor=desk.actor, action=action, on=desk.org.target, details=details)
    return whole


def _projects(desk: Desk, asked: Asked) -> Any:
    rows = Project.objects.visible_to(desk.actor).order_by("slug")
    if not asked.project:
        return rows
    if not (chosen := rows.filter(slug=asked.project)):
        raise NotFound
    return chosen


def _rows(desk: Desk, asked: Asked, whole: bool) -> Any:
    """Teams or members. Who sees only themselves has no teams to look at."""
    if asked.teams:
        teams = Team.objects.visible_to(desk.actor).filter(name__icontains=asked.words).order_by("slug")
        return teams if whole else teams.none()
    named = Q(user__name__icontains=asked.words) | Q(user__email__icontains=asked.words)
    people = Membership.objects.visible_to(desk.actor).acting().filter(named)
    seen = people if whole else people.filter(pk=desk.membership.pk)
    return seen.select_related("user", "org").order_by("user__email")


def _environments(desk: Desk, projects: Sequence[Project]) -> list[Environment]:
    rows = Environment.objects.visible_to(desk.actor).filter(project__in=projects)
    return list(rows.select_related("org", "project__org").order_by("project__slug", "order", "slug"))


def _lines(desk: Desk, rows: Sequence[Any], environments: Sequence[Environment]) -> Iterator[Line] | Iterator[TeamLine]:
    held = Grant.objects.visible_to(desk.actor).filter(project__in={each.project_id for each in environments})
    grants = list(held.select_related("org", "project", "environment", "team").order_by("pk"))
    if rows and isinstance(rows[0], Team):
        return each_team_line(rows, environments, grants)
    return each_line(desk.actor, rows, environments, grants)


def _csv(lines: Iterator[Line] | Iterator[TeamLine]) -> Iterator[str]:
    yield csv_line(_HEADER)
    for line in lines:
        who = _team(line.team) if isinstance(line, TeamLine) else _person(line.membership)
        for reach in line.reaches:
            if reach.verbs or reach.partly:
                yield csv_line([*who, *_cell(reach)])


def _team(team: Team) -> tuple[str, ...]:
    return ("team", team.name, "", "")


def _person(member: Membership) -> tuple[str, ...]:
    return ("person", member.user.name, member.user.email, member.role)


def _cell(reach: Reach) -> tuple[str, ...]:
    environment = reach.environment
    why = ["role"] if reach.by_role else []
    why += [f"team {each.team.slug}" if each.team else "grant" for each in reach.grants]
    place = (environment.project.slug, environment.slug, "yes" if environment.protected else "no")
    return (*place, " ".join(reach.verbs), " ".join(reach.partly), " ".join(reach.prefixes), ", ".join(why))
