"""GitHub, or a GitHub Enterprise Server: OAuth 2, with membership of an organization and its teams as claims."""

from http import HTTPStatus
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.github.provider import GitHubProvider as Provider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.http import HttpRequest

from keyvault.flows.sso.identity import Address, Identity
from keyvault.flows.sso.oauth import CarefulAdapter
from orgs.sign_on.configurations import GitHubConfiguration

_PAGES = 10  # of 100 teams


class GitHubAdapter(CarefulAdapter, GitHubOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    headers = {"Accept": "application/json"}

    def __init__(self, request: HttpRequest, key: str, configuration: GitHubConfiguration) -> None:
        super().__init__(request)
        self.provider_id = key
        self.access_token_url = f"{configuration.url}/login/oauth/access_token"
        self.authorize_url = f"{configuration.url}/login/oauth/authorize"
        self.api_url = configuration.api_url

    def read_login(self, request: HttpRequest, app: Any, token: Any, response: Any) -> Any:
        """Raises ProviderException for whoever is not a member of the organization."""
        organization = app.configuration.organization
        with get_adapter().get_requests_session() as session:
            session.headers["Authorization"] = f"Bearer {token.token}"
            said = self._get(session, "/user")
            if not isinstance(said["id"], int):
                raise ProviderException("GitHub names nobody.")
            membership = session.get(f"{self.api_url}/user/memberships/orgs/{organization}")
            if membership.status_code != HTTPStatus.OK or membership.json().get("state") != "active":
                raise ProviderException(
                    f"You are no member of {organization} at GitHub, or it has not admitted KeyVault."
                )
            said["emails"] = self._get(session, "/user/emails")
            said["teams"] = self._teams(session, organization)
        said["organization"], said["organization_role"] = organization, membership.json().get("role", "")
        return self.get_provider().sociallogin_from_response(request, said)

    def _get(self, session: Any, path: str) -> Any:
        answer = session.get(f"{self.api_url}{path}")
        answer.raise_for_status()
        return answer.json()

    def _teams(self, session: Any, organization: str) -> list[str]:
        """``organization/team`` as slugs. Raises ProviderException for more than can be listed."""
        found: list[str] = []
        for page in range(1, _PAGES + 1):
            teams = self._get(session, f"/user/teams?per_page=100&page={page}")
            ours = [team for team in teams if team["organization"]["login"].lower() == organization.lower()]
            found += [f"{organization}/{team['slug']}" for team in ours]
            if len(teams) < 100:
                return found
        raise ProviderException("You are in more teams at GitHub than can be listed.")


class GitHubProvider(Provider):  # type: ignore[misc]
    """``said`` holds GitHub's answers, for this request only."""

    def get_oauth2_adapter(self, request: HttpRequest) -> GitHubAdapter:
        return GitHubAdapter(request, self.app.provider_id, self.app.configuration)

    def get_default_scope(self) -> list[str]:
        return ["user:email", "read:org"]

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        self.said = data
        return {}

    def identity(self, sociallogin: Any) -> Identity:
        said = self.said
        addresses = [Address(str(each["email"]), bool(each["verified"])) for each in said["emails"]]
        primary = [str(each["email"]) for each in said["emails"] if each.get("primary")]
        addresses.sort(key=lambda address: address.email not in primary)
        claims = {
            "login": frozenset({str(said["login"])}),
            "organization": frozenset({said["organization"]}),
            "organization_role": frozenset({said["organization_role"]}),
            "team": frozenset(said["teams"]),
        }
        return Identity(str(said["id"]), tuple(addresses), str(said.get("name") or ""), claims)
