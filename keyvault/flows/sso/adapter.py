"""What allauth asks of us where a person comes by a provider: which there are, and what becomes of them."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.http import HttpRequest

from keyvault.egress import EgressSession
from keyvault.flows.sso.application import application_of
from keyvault.flows.sso.arriving import arrive, failed
from keyvault.flows.sso.github import GitHubProvider
from keyvault.flows.sso.oauth import reading
from keyvault.flows.sso.oidc import OidcProvider
from orgs.models import Connection, Kind
from orgs.sign_on.checking import PURPOSE

_PROVIDERS = {Kind.OIDC.value: OidcProvider, Kind.GITHUB.value: GitHubProvider}


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """None: no list of connections is anybody's to see. One is found by its key alone, see get_provider."""
        return []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """``provider`` is a connection's key. Raises SocialApp.DoesNotExist, which becomes a 404."""
        connection = Connection.objects.select_related("org").filter(key=provider, kind__in=_PROVIDERS).first()
        if connection is None:
            raise SocialApp.DoesNotExist
        return _PROVIDERS[connection.kind](request, app=application_of(connection))

    def get_requests_session(self) -> EgressSession:
        return EgressSession(PURPOSE)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never by allauth's road: whoever is new is made in :mod:`keyvault.flows.sso.landing`."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The provider has answered: from here on it is ours."""
        provider = sociallogin.provider
        connection = provider.app.connection
        with reading():
            identity = provider.identity(sociallogin)
        raise ImmediateHttpResponse(arrive(request, connection, identity, sociallogin.state))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """``state`` is there only where the answer belongs to a sign-in that this browser has begun."""
        state = (extra_context or {}).get("state")
        said = str(exception) if exception else _said(request)
        raise ImmediateHttpResponse(failed(request, provider.app.connection, said, state))


def _said(request: HttpRequest) -> str:
    """RFC 6749 §4.1.2.1."""
    return ": ".join(filter(None, (request.GET.get("error", ""), request.GET.get("error_description", ""))))
