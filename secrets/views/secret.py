"""One secret in one environment: its value behind a mask, its versions, who reads it, what is said about it."""

import base64
from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.console.desk import Desk, page
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from keyvault.secrets.access import absent, grants_of
from keyvault.secrets.matrix import is_due
from keyvault.secrets.models import SecretKind
from keyvault.secrets.readers import readers_of
from keyvault.secrets.services.removing import KEPT
from keyvault.secrets.services.revealing import Revealed
from keyvault.secrets.spots import Spot, Standing, spots_of
from keyvault.secrets.versions import versions_of
from keyvault.secrets.views.places import Bench, at_project, environments_of
from keyvault.target import Tier
from orgs import access
from orgs.decide import GrantFacts
from orgs.permissions import Action

_ACTS = {
    "read": Action.REVEAL_SECRET,
    "rotate": Action.ROTATE_SECRET,
    "restore": Action.RESTORE_VERSION,
    "change": Action.CHANGE_SECRET,
    "erase": Action.ERASE_VERSION,
    "delete": Action.DELETE_SECRET,
    "undelete": Action.UNDELETE_SECRET,
}


@login_required
@never_cache
@require_safe
def secret(request: HttpRequest, org: str, project: str, name: str) -> HttpResponse:
    """``?env=`` names the environment; without it, the first one where the secret is."""
    desk, place = at_project(request, org, project)
    grants = grants_of(desk.actor, place.target)
    spots = spots_of(desk.actor, environments_of(place), name, grants)
    spot = _chosen(spots, request.GET.get("env", ""))
    _look(desk, spot, name, grants)
    return secret_page(request, desk, spots, spot, name, grants)


def secret_page(
    request: HttpRequest,
    desk: Desk,
    spots: Sequence[Spot],
    spot: Spot,
    name: str,
    grants: tuple[GrantFacts, ...],
    revealed: Revealed | None = None,
) -> HttpResponse:
    """The page, with a value on it only in the answer to the POST that revealed it."""
    facts = {
        "project": spot.environment.project,
        "name": name,
        "spots": spots,
        "spot": spot,
        "environment": spot.environment,
        "secret": spot.secret,
        "revealed": revealed,
        "parts": parts_of(revealed) if revealed else [],
        "may_create": desk.may_on(Action.CREATE_SECRET, absent(spot.environment, name), grants),
    }
    if spot.secret is not None:
        facts |= _about(desk, Bench(desk, spot.secret, grants))
    return page(request, desk, "secrets/secret.html", facts, at="project")


def _about(desk: Desk, bench: Bench) -> dict[str, object]:
    secret = bench.secret
    may = {word: bench.may(action) for word, action in _ACTS.items()}
    may["read"] = may["read"] and secret.kind != SecretKind.BROKERED
    return {
        "may": may,
        "versions": versions_of(secret),
        "readers": readers_of(desk.actor, secret) if desk.may(Action.LIST_EVENTS) else None,
        "due": is_due(secret.rotate_by),
        "kept_until": secret.deleted_at + KEPT if secret.deleted_at else None,
        "reason": reason_is(bench),
    }


def parts_of(revealed: Revealed) -> list[tuple[str, str]]:
    """What is shown of a value: fields with their names, bytes as base64 (RFC 4648 §4)."""
    if revealed.value.is_text:
        return list(revealed.value.parts.items())
    return [("base64", base64.b64encode(revealed.value.data).decode())]


def reason_is(bench: Bench) -> str:
    """Whether a read is asked what it is for: ``required``, ``optional`` or not at all."""
    if bench.environment.tier != Tier.PRODUCTION:
        return ""
    return "required" if bench.desk.org.require_reason_in_production else "optional"


def _chosen(spots: Sequence[Spot], asked: str) -> Spot:
    """The environment that is asked for; else the first where it is stored, was deleted, or may be known of."""
    by_slug = {spot.environment.slug: spot for spot in spots}
    if asked:
        if asked not in by_slug:
            raise NotFound
        return by_slug[asked]
    for standing in (Standing.STORED, Standing.DELETED, Standing.MISSING, Standing.LOCKED):
        for spot in spots:
            if spot.standing is standing:
                return spot
    raise NotFound


def _look(desk: Desk, spot: Spot, name: str, grants: tuple[GrantFacts, ...]) -> None:
    """Recorded, or refused where the member may not know whether there is such a secret."""
    on = spot.secret.target if spot.secret else absent(spot.environment, name)
    if spot.standing is Standing.LOCKED:
        access.require(desk.actor, Action.LIST_SECRETS, on, grants=grants)
    if spot.secret is None:
        on = spot.environment.target
    look(actor=desk.actor, action=Action.LIST_SECRETS, on=on)
