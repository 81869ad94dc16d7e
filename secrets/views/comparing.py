"""Two versions beside each other: two reads, recorded as such, and the lines in which they differ."""

import difflib

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyvault.console.desk import page
from keyvault.errors import NotFound
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.views.places import at_secret
from keyvault.secrets.views.values import as_text
from orgs.permissions import Action


@login_required
@never_cache
@require_POST
def compare(request: HttpRequest, org: str, project: str, env: str, name: str) -> HttpResponse:
    """The version asked for with the current one."""
    bench = at_secret(request, org, project, env, name, to=Action.REVEAL_SECRET)
    number = request.POST.get("version", "")
    if not (number.isdecimal() and len(number) < 10):
        raise NotFound
    reason = request.POST.get("reason", "")
    before, now = (
        reveal_secret(actor=bench.desk.actor, secret=bench.secret, version=version, reason=reason)
        for version in (int(number), None)
    )
    old, new = as_text(before), as_text(now)
    facts = {
        "project": bench.environment.project,
        "environment": bench.environment,
        "secret": bench.secret,
        "before": before,
        "now": now,
        "same": old == new,
        "lines": _lines(old, new),
    }
    return page(request, bench.desk, "secrets/compare.html", facts, at="project")


def _lines(old: str, new: str) -> list[tuple[str, str]]:
    """Each with ``-`` for one that went, ``+`` for one that came, and a blank for one that stayed."""
    told = difflib.ndiff(old.splitlines(), new.splitlines())
    return [(line[:1].strip(), line[2:]) for line in told if not line.startswith("?")]
