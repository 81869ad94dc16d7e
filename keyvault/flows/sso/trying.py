"""Testing a connection: the way there and back is the real one, but at its end stands a report instead of a session."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit.services import JSON, Outcome, record
from keyvault.errors import KeyVaultError, NotAllowed
from keyvault.flows.session_actor import actor_for, membership_of
from keyvault.flows.sso.addresses import vouched_address
from keyvault.flows.sso.identity import Identity
from orgs.access import require
from orgs.models import Connection
from orgs.permissions import Action
from orgs.services.arrivals import mapped_role, mapped_teams

_TEST = "kv_test"
_CLAIMS = 60  # shown of a person


def marked_as_test(connection: Connection) -> dict[str, str]:
    """For the state that the session keeps."""
    return {_TEST: str(connection.pk)}


def is_test(state: dict[str, Any], connection: Connection) -> bool:
    return (state.get("data") or {}).get(_TEST) == str(connection.pk)


def report(request: HttpRequest, connection: Connection, identity: Identity) -> HttpResponse:
    """What the provider said and what it would make of the person; nobody is signed in and nothing is changed."""
    refusal = _refusal(connection, identity)
    facts = {
        "identity": identity,
        "claims": [(name, sorted(values)) for name, values in sorted(identity.claims.items())[:_CLAIMS]],
        "role": mapped_role(connection, identity.claims) or connection.default_role,
        "teams": sorted(mapped_teams(connection, identity.claims), key=lambda team: team.slug),
        "refusal": refusal,
    }
    return _page(request, connection, facts, refusal.rule if refusal else "")


def report_failure(request: HttpRequest, connection: Connection, said: str) -> HttpResponse:
    return _page(request, connection, {"said": said or "Nothing."}, "provider-refused")


def _refusal(connection: Connection, identity: Identity) -> KeyVaultError | None:
    try:
        vouched_address(connection, identity)
    except NotAllowed as refused:
        return refused
    return None


def _page(request: HttpRequest, connection: Connection, facts: dict[str, Any], reason: str) -> HttpResponse:
    """To whoever may test it still: the session may have become somebody else's on the way."""
    membership = membership_of(request)
    actor = actor_for(request, membership)
    require(actor, Action.TEST_CONNECTION, connection.target)
    outcome = Outcome.ERROR if reason else Outcome.SUCCESS
    details: dict[str, JSON] = {"connection": connection.name}
    record(Action.TEST_CONNECTION, actor=actor, on=connection.target, outcome=outcome, reason=reason, details=details)
    context = {"membership": membership, "connection": connection, "page_name": "sign-on", **facts}
    return render(request, "settings/sign_on/test.html", context)
