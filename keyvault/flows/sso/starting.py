"""The way to a provider: state, nonce and code challenge stay in the session, the address is what the browser gets."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.http import HttpRequest

from keyvault.egress import RequestFailed
from keyvault.errors import KeyVaultError
from keyvault.flows.sso import saml
from orgs.models import Connection, Kind


class ProviderFailed(KeyVaultError):
    """``said`` is what the provider, or the way to it, has to say: for whoever tests the connection."""

    status, rule, title = 502, "provider-failed", "The identity provider cannot be reached"

    def __init__(self, said: str) -> None:
        super().__init__(
            "It does not answer as it should.", remedy="Try again, or ask an owner to test the connection."
        )
        self.said = said


def begin(
    request: HttpRequest,
    connection: Connection,
    *,
    next_url: str | None = None,
    data: Any = None,
    fresh: bool = False,
) -> str:
    """Where the browser goes. ``next_url`` is one of ours; ``fresh`` asks the provider, unless it is GitHub, not to be
    content with a session that the person has there. Raises ProviderFailed.
    """
    if connection.kind == Kind.SAML:
        return _begin_saml(request, connection, {"next": next_url, "data": data}, fresh)
    provider = get_adapter(request).get_provider(request, connection.key)
    try:
        asked = {"fresh": True} if fresh else {}
        response = provider.redirect(request, AuthProcess.LOGIN, next_url, data, **asked)
    except (OAuth2Error, RequestFailed) as failed:
        raise ProviderFailed(str(failed)) from None
    return str(response.url)


def _begin_saml(request: HttpRequest, connection: Connection, state: dict[str, Any], fresh: bool) -> str:
    asked = saml.begin(connection, fresh=fresh)
    statekit.stash_state(request, provider_id=connection.key, state=state, state_id=asked.id)
    return asked.url
