"""A project's secrets: all environments beside each other, or one of them as a list."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.console.desk import page
from keyvault.secrets.matrix import Show, matrix_of
from keyvault.secrets.services.listing import list_project
from keyvault.secrets.views.places import at_project, may_in
from orgs.permissions import Action

_ROWS = 30


@login_required
@never_cache
@require_safe
def project(request: HttpRequest, org: str, project: str) -> HttpResponse:
    """``?view=`` names one environment; ``q`` and ``show`` choose among the rows."""
    desk, place = at_project(request, org, project)
    listed = list_project(actor=desk.actor, project=place)
    among = [each for each in listed.environments if each.slug == request.GET.get("view")]
    matrix = matrix_of(desk.actor, listed, among)
    show = _show(request.GET.get("show", ""))
    words = request.GET.get("q", "").strip()
    rows = Paginator(matrix.filtered(show, words), _ROWS).get_page(request.GET.get("page"))
    facts = {
        "project": place,
        "matrix": matrix,
        "environments": listed.environments,
        "one": among[0] if among else None,
        "columns": matrix.columns,
        "may_add": bool(may_in(desk, Action.CREATE_SECRET, list(listed.environments))),
        "rows": rows,
        "shows": [(each, matrix.count(each)) for each in Show],
        "show": show,
        "words": words,
    }
    return page(request, desk, "secrets/project.html", facts, at="project", fragment="secrets/_rows.html")


def _show(asked: str) -> Show:
    return Show(asked) if asked in list(Show) else Show.ALL
