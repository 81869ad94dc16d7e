"""Step-up at the provider: whoever came by it, and has no factor here, gives their credentials there once more.

It counts in the provider's organization alone. A session that is open at the provider must not be enough: the provider
is asked to ignore it, and its signed answer must say that the person signed in after we asked. GitHub can neither be
asked nor says it.
"""

import time
from dataclasses import replace
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import User
from accounts.services.factors import has_factor
from audit.services import JSON, Outcome, record
from keyvault.errors import NotAllowed
from keyvault.flows.browser_sessions import sso_org_of
from keyvault.flows.person_events import STEP_UP
from keyvault.flows.session_reach import speaks_for_one_of_several
from keyvault.flows.sso.identity import Identity
from keyvault.flows.sso.ties import tied
from keyvault.flows.step_up import SECONDS, mark_proved, mark_vouched
from keyvault.middleware import origin_of
from orgs.access import person_outside
from orgs.models import Connection, Kind

CLOCKS = 30
"""Seconds by which the provider's clock may be behind or ahead of ours."""

_MARK = "kv_step_up"
_ASK_ANEW = frozenset({Kind.OIDC.value, Kind.SAML.value})
_REMEDY = "Try again, or add a second factor to your account here."


def provider_of(request: HttpRequest) -> Connection | None:
    """The connection that this session came by, while it is on."""
    user = request.user
    if not isinstance(user, User):
        return None
    came_by = [step.get("provider") for step in get_authentication_records(request, user)]
    found = Connection.objects.enabled().select_related("org").filter(org_id=sso_org_of(request), key__in=came_by)
    return found.first()


def can_ask_anew(connection: Connection) -> bool:
    return connection.kind in _ASK_ANEW


def require_provider(request: HttpRequest) -> Connection:
    """Raises NotAllowed where no provider can step this session up."""
    connection = provider_of(request)
    if connection is None or not can_ask_anew(connection) or has_factor(request.user):
        raise NotAllowed("No provider stands in here.", rule="own-factor-needed", remedy="Use your second factor.")
    return connection


def marked_as_step_up(request: HttpRequest) -> dict[str, Any]:
    """For the state that the session keeps, and with it whose session it is."""
    return {_MARK: {"user": str(request.user.pk), "asked_at": int(time.time())}}


def is_step_up(state: dict[str, Any]) -> bool:
    return _MARK in (state.get("data") or {})


def require_same_person_anew(
    request: HttpRequest, connection: Connection, identity: Identity, state: dict[str, Any]
) -> None:
    """Raises NotAllowed, with an event of the refused step-up."""
    mark = state["data"][_MARK]
    if not _is_theirs(request, connection, mark):
        raise _refused(request, connection, state, "no-step-up-begun", "This session has asked for no such thing.")
    if tied(connection, identity) != request.user:
        raise _refused(request, connection, state, "other-person", "Somebody else has signed in at the provider.")
    if identity.signed_in_at is None:
        raise _refused(request, connection, state, "sign-in-not-dated", "The provider does not say when you signed in.")
    if not _is_anew(identity.signed_in_at, mark["asked_at"]):
        raise _refused(request, connection, state, "sign-in-not-fresh", "The provider has asked for no new sign-in.")


def step_up(request: HttpRequest, connection: Connection, identity: Identity, state: dict[str, Any]) -> HttpResponse:
    """The session gets a new key: whoever knew the old one is out."""
    assert isinstance(request.user, User)  # noqa: S101 - it was required
    assert identity.signed_in_at is not None  # noqa: S101
    _record(request, connection)
    mark_vouched(request, identity.signed_in_at)
    if not speaks_for_one_of_several(request, request.user):
        mark_proved(request)
    return HttpResponseRedirect(state.get("next") or "/")


def refused_by_provider(request: HttpRequest, connection: Connection, state: dict[str, Any]) -> NotAllowed:
    return _refused(request, connection, state, "provider-refused", "The provider has not confirmed that it is you.")


def _is_theirs(request: HttpRequest, connection: Connection, mark: dict[str, Any]) -> bool:
    same = isinstance(request.user, User) and str(request.user.pk) == mark["user"]
    return same and provider_of(request) == connection


def _is_anew(moment: int, asked_at: int) -> bool:
    now = time.time()
    return asked_at - CLOCKS <= moment <= now + CLOCKS and now - moment <= SECONDS


def _refused(
    request: HttpRequest, connection: Connection, state: dict[str, Any], rule: str, sentence: str
) -> NotAllowed:
    """``again`` is the page to try it on, with the way back to the act."""
    _record(request, connection, rule)
    again = reverse("step-up", query={"next": state.get("next") or "/"})
    return NotAllowed(sentence, rule=rule, remedy=_REMEDY, extra={"again": again})


def _record(request: HttpRequest, connection: Connection, reason: str = "") -> None:
    """In the provider's organization, where alone it counts."""
    if not isinstance(request.user, User):
        return
    actor = person_outside(request.user, origin=origin_of(request))
    on = replace(connection.org.target, about=request.user.ref)
    details: dict[str, JSON] = {"connection": connection.name}
    outcome = Outcome.DENIED if reason else Outcome.SUCCESS
    record(STEP_UP, actor=actor, on=on, outcome=outcome, reason=reason, details=details)
