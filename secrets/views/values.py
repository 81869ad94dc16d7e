"""Values leave by these two: shown for half a minute, or copied without being shown. Both are POSTs, both recorded."""

import base64

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyvault.console.desk import is_part, page
from keyvault.secrets.services.revealing import Revealed, reveal_secret
from keyvault.secrets.spots import spots_of
from keyvault.secrets.views.places import Bench, at_secret, environments_of
from keyvault.secrets.views.secret import parts_of, secret_page
from orgs.permissions import Action


@login_required
@never_cache
@require_POST
def reveal(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    """htmx gets the value alone, in the shape of where it was asked: a cell of the table, or the secret's page."""
    bench = at_secret(request, org, project, env, name, to=Action.REVEAL_SECRET)
    revealed = _revealed(request, bench)
    if is_part(request):
        part = "secrets/_cell_shown.html" if "cell" in request.POST else "secrets/_value.html"
        return page(request, bench.desk, part, _facts(bench, revealed), at="project")
    spots = spots_of(bench.desk.actor, environments_of(bench.environment.project), name, bench.grants)
    spot = next(spot for spot in spots if spot.environment.slug == env)
    return secret_page(request, bench.desk, spots, spot, name, bench.grants, revealed)


@login_required
@never_cache
@require_POST
def copy(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    """The value as text, for the clipboard; fields as JSON, bytes as base64."""
    bench = at_secret(request, org, project, env, name, to=Action.REVEAL_SECRET)
    return HttpResponse(as_text(_revealed(request, bench, copied=True)), content_type="text/plain; charset=utf-8")


def as_text(revealed: Revealed) -> str:
    value = revealed.value
    return value.data.decode() if value.is_text else base64.b64encode(value.data).decode()


def _facts(bench: Bench, revealed: Revealed) -> dict[str, object]:
    return {
        "project": bench.environment.project,
        "environment": bench.environment,
        "secret": bench.secret,
        "name": bench.secret.name,
        "revealed": revealed,
        "parts": parts_of(revealed),
    }


def _revealed(request: HttpRequest, bench: Bench, *, copied: bool = False) -> Revealed:
    number = request.POST.get("version", "")
    return reveal_secret(
        actor=bench.desk.actor,
        secret=bench.secret,
        version=int(number) if number.isdecimal() and len(number) < 10 else None,
        reason=request.POST.get("reason", ""),
        copied=copied,
    )
