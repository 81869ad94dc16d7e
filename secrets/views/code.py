"""Use in code: what to paste where, for this project and environment. No value and no token is in it."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.console.desk import page
from keyvault.flows.looking import look
from keyvault.secrets.views.places import at_project, environments_of
from orgs.permissions import Action


@login_required
@never_cache
@require_safe
def code(request: HttpRequest, org: str, project: str) -> HttpResponse:
    """``?env=`` names the environment, ``?name=`` the secret of the examples."""
    desk, place = at_project(request, org, project)
    look(actor=desk.actor, action=Action.LIST_PROJECTS, on=place.target, details={"of": "code"})
    environments = environments_of(place)
    asked = [each for each in environments if each.slug == request.GET.get("env")]
    facts = {
        "project": place,
        "environments": environments,
        "environment": (asked or environments)[0] if environments else None,
        "name": request.GET.get("name", "")[:512] or "NAME",
        "base": f"{settings.KEYVAULT_URL}/api/v1",
    }
    return page(request, desk, "secrets/code.html", facts, at="project")
