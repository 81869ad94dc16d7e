"""The first screen: what needs attention, the totals, the projects, what happened last."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.console.desk import desk_in, page
from keyvault.console.projects import lines_of
from keyvault.flows.looking import look
from keyvault.secrets.models import Project
from orgs.permissions import Action

_PROJECTS = 20


@login_required
@never_cache
@require_safe
def overview(request: HttpRequest, org: str) -> HttpResponse:
    desk = desk_in(request, org)
    look(actor=desk.actor, action=Action.LIST_PROJECTS, on=desk.org.target, details={"of": "overview"})
    projects = Paginator(Project.objects.visible_to(desk.actor).order_by("slug"), _PROJECTS)
    shown = projects.get_page(request.GET.get("page"))
    facts = {
        "projects": shown,
        "lines": lines_of(desk.actor, list(shown), counted=desk.may(Action.LIST_SECRETS)),
        "may_create": desk.may(Action.CREATE_PROJECT),
    }
    return page(request, desk, "console/overview.html", facts, at="overview")
