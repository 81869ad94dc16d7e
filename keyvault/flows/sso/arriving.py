"""The end of the way back: a session, a refusal, or the report of a test."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from audit.services import record_folded
from keyvault.flows.browser_sessions import SSO_ORG
from keyvault.flows.operators.claims import take_roles_from_claims
from keyvault.flows.person_events import SIGN_IN
from keyvault.flows.sso import stepping, trying
from keyvault.flows.sso.identity import Identity
from keyvault.flows.sso.landing import land
from keyvault.middleware import origin_of
from orgs.models import Connection

_SAID_LIMIT = 1000  # characters of a provider's own words


def arrive(request: HttpRequest, connection: Connection, identity: Identity, state: dict[str, Any]) -> HttpResponse:
    """``state`` is what this browser's session has kept since the start. Raises NotAllowed with an event."""
    if trying.is_test(state, connection):
        return trying.report(request, connection, identity)
    if stepping.is_step_up(state):
        stepping.require_same_person_anew(request, connection, identity, state)
        _settle(request, connection, identity)
        return stepping.step_up(request, connection, identity, state)
    return _sign_in(request, _settle(request, connection, identity), connection, state.get("next"))


def failed(request: HttpRequest, connection: Connection, said: str, state: dict[str, Any] | None) -> HttpResponse:
    """The provider's own words are for whoever tests the connection; to others they could say anything."""
    said = said[:_SAID_LIMIT]
    if state is not None and trying.is_test(state, connection):
        return trying.report_failure(request, connection, said)
    if state is not None and stepping.is_step_up(state):
        raise stepping.refused_by_provider(request, connection, state)
    reason = "provider-refused" if state is not None else "no-sign-in-begun"
    record_folded(SIGN_IN, origin=origin_of(request), reason=reason)
    return render(request, "sso/failed.html", {"begun": state is not None}, status=401)


def _settle(request: HttpRequest, connection: Connection, identity: Identity) -> User:
    """What the provider says of the person's rights wins, whenever it is asked."""
    origin = origin_of(request)
    landed = land(origin=origin, connection=connection, identity=identity)
    take_roles_from_claims(origin=origin, connection=connection, user=landed.user, claims=identity.claims)
    return landed.user


def _sign_in(request: HttpRequest, user: User, connection: Connection, next_url: str | None) -> HttpResponse:
    """By the one road, second factor included; bound to the organization by :mod:`keyvault.flows.sso.binding`."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    record_authentication(request, user, method="socialaccount", provider=connection.key)
    login = Login(
        user=user,
        email_verification=EmailVerificationMethod.NONE,  # the provider has vouched for the address
        redirect_url=next_url,
        state={SSO_ORG: str(connection.org_id)},
    )
    response: HttpResponse = perform_login(request, login)
    return response


def bound_to(login: Login) -> UUID | None:
    """The organization whose single sign-on has begun this sign-in."""
    bound = login.state.get(SSO_ORG)
    return UUID(bound) if bound else None
