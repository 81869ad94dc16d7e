"""The first screen: what needs attention, the totals, the projects, what happened last."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit.entry import Outcome
from audit.models import Event
from audit.views.lines import Line
from audit.views.lines import lines_of as lines_of_log
from keyvault.console.attention import items_of
from keyvault.console.desk import Desk, desk_in, is_part, page
from keyvault.console.projects import lines_of
from keyvault.console.setup import setup_of
from keyvault.flows.looking import look
from keyvault.secrets.models import Project, Secret
from orgs.models import Membership
from orgs.permissions import Action
from tokens.models import AccessToken

_PROJECTS = 20
_EVENTS = 6


@dataclass(frozen=True, slots=True)
class Totals:
    """None of what the role does not list."""

    projects: int
    secrets: int | None
    tokens: int | None
    members: int


@login_required
@never_cache
@require_safe
def overview(request: HttpRequest, org: str) -> HttpResponse:
    """The line of totals asks for itself alone from time to time: no sign of the person, and no look to record."""
    desk = desk_in(request, org)
    if is_part(request):
        return page(request, desk, "", {"totals": _totals(desk)}, at="overview", fragment="console/_totals.html")
    look(actor=desk.actor, action=Action.LIST_PROJECTS, on=desk.org.target, details={"of": "overview"})
    facts = _projects(request, desk) | {
        "totals": _totals(desk),
        "attention": items_of(desk),
        "setup": setup_of(desk),
        "activity": _activity(desk) if desk.may(Action.LIST_EVENTS) else None,
    }
    return page(request, desk, "console/overview.html", facts, at="overview")


def _projects(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    projects = Paginator(Project.objects.visible_to(desk.actor).order_by("slug"), _PROJECTS)
    shown = projects.get_page(request.GET.get("page"))
    return {
        "projects": shown,
        "lines": lines_of(desk.actor, list(shown), counted=desk.may(Action.LIST_SECRETS)),
        "may_create": desk.may(Action.CREATE_PROJECT),
    }


def _totals(desk: Desk) -> Totals:
    actor = desk.actor
    return Totals(
        projects=Project.objects.visible_to(actor).count(),
        secrets=Secret.objects.visible_to(actor).live().count() if desk.may(Action.LIST_SECRETS) else None,
        tokens=AccessToken.objects.visible_to(actor).live().count() if desk.may(Action.LIST_TOKENS) else None,
        members=Membership.objects.visible_to(actor).active().count(),
    )


def _activity(desk: Desk) -> list[Line]:
    """What was done; not what was looked at."""
    done = Event.objects.visible_to(desk.actor).filter(outcome=Outcome.SUCCESS).exclude(action__endswith=":list")
    return lines_of_log(list(done.order_by("-id")[: _EVENTS * 4]), grouped=True)[:_EVENTS]
