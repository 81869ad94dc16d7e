"""OpenID Connect: allauth's client with what it leaves open closed (OpenID Connect Core 1.0, Discovery 1.0)."""

import secrets
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponseRedirect

from keyvault.egress import require_askable
from keyvault.flows.sso.identity import Address, Identity, truth
from keyvault.flows.sso.oauth import CarefulAdapter, reading
from orgs.sign_on.checking import PURPOSE
from orgs.sign_on.claims import flatten

_WELL_KNOWN = "/.well-known/openid-configuration"
_NONCE = "nonce"
_ANEW = {"prompt": "login", "max_age": "0"}


class OidcAdapter(CarefulAdapter, OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document, once a request. Raises OAuth2Error unless it is the configured issuer's (§4.3)."""
        with reading():
            config: dict[str, Any] = super().openid_config
            endpoints = config["authorization_endpoint"], config["token_endpoint"], config["jwks_uri"]
        issuer = self.get_provider().app.configuration.issuer
        if config.get("issuer") != issuer or not all(isinstance(each, str) for each in endpoints):
            raise OAuth2Error(f"The discovery document is of another issuer: {str(config.get('issuer'))[:200]}")
        return config

    @property
    def authorize_url(self) -> str:
        """The browser is sent there: it is held to the same form as what the server asks."""
        url: str = super().authorize_url
        require_askable(url, PURPOSE)
        return url

    def read_login(self, request: HttpRequest, app: Any, token: Any, response: Any) -> Any:
        """Raises OAuth2Error without an ID token, or where the two answers are of two people (Core §5.3.2)."""
        id_token = response.get("id_token")
        if not id_token:
            raise OAuth2Error("The provider has sent no ID token.")
        said = {"id_token": self._decode_id_token(app, id_token)}
        if not isinstance(said["id_token"].get("sub"), str) or not said["id_token"]["sub"]:
            raise OAuth2Error("The ID token names nobody.")
        _require_for_us(said["id_token"], app.client_id)
        if "userinfo_endpoint" in self.openid_config:
            said["userinfo"] = self._fetch_user_info(token.token)
            if said["userinfo"].get("sub") != said["id_token"].get("sub"):
                raise OAuth2Error("The user information is of another person than the ID token.")
        return self.get_provider().sociallogin_from_response(request, said)


class OidcProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """``said`` holds the provider's answers, for this request only: nothing of them is stored."""

    oauth2_adapter_class = OidcAdapter

    @property
    def server_url(self) -> str:
        return str(self.app.configuration.issuer).rstrip("/") + _WELL_KNOWN

    def get_default_scope(self) -> list[str]:
        return list(self.app.configuration.scopes)

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        self.said = data
        return {}

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponseRedirect:
        """With a nonce besides the state and PKCE: a provider may ignore the code challenge without saying so.

        ``fresh`` asks for the person's credentials though they are signed in there (Core §3.1.2.1).
        """
        nonce = secrets.token_urlsafe(16)
        data, auth = {**(data or {}), _NONCE: nonce}, {_NONCE: nonce, **(_ANEW if kwargs.pop("fresh", False) else {})}
        response: HttpResponseRedirect = super().redirect(request, process, next_url, data, auth_params=auth, **kwargs)
        return response

    def identity(self, sociallogin: Any) -> Identity:
        """Raises OAuth2Error for an ID token that answers another request."""
        id_token, userinfo = self.said["id_token"], self.said.get("userinfo", {})
        if id_token.get(_NONCE) != (sociallogin.state.get("data") or {}).get(_NONCE):
            raise OAuth2Error("The ID token answers another request.")
        said = {**id_token, **userinfo}
        source = userinfo if userinfo.get("email") else id_token
        email = str(source.get("email") or "")
        verified = truth(source.get("email_verified", id_token.get("email_verified")))
        addresses = (Address(email, verified),) if email else ()
        return Identity(
            str(id_token["sub"]),
            addresses,
            str(said.get("name") or ""),
            flatten(said),
            _second(id_token.get("auth_time")),
        )


def _second(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _require_for_us(id_token: dict[str, Any], client_id: str) -> None:
    """Of several audiences we must be the party that it was issued to (Core §3.1.3.7)."""
    several = isinstance(id_token.get("aud"), list) and len(id_token["aud"]) > 1
    if (several or "azp" in id_token) and id_token.get("azp") != client_id:
        raise OAuth2Error("The ID token was issued to another client.")
