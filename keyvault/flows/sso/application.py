"""A connection as allauth wants it: an application that stands in no table of allauth's."""

from typing import Any

from allauth.socialaccount.models import SocialApp

from orgs.models import Connection, Kind
from orgs.sign_on.configurations import GitHubConfiguration, OidcConfiguration, configuration_of

_PROVIDERS = {Kind.OIDC.value: "openid_connect", Kind.SAML.value: "saml", Kind.GITHUB.value: "github"}


def application_of(connection: Connection) -> Any:
    """A SocialApp with the opened secret, for this request. ``hidden``: no page of allauth's would list it."""
    configuration = configuration_of(connection)
    app = SocialApp(provider=_PROVIDERS[connection.kind], provider_id=connection.key, name=connection.name[:40])
    app.client_id = connection.key
    app.settings = {"hidden": True, "oauth_pkce_enabled": True, "verified_email": False}
    if isinstance(configuration, OidcConfiguration | GitHubConfiguration):
        app.client_id, app.secret = configuration.client_id, configuration.client_secret
    app.connection, app.configuration = connection, configuration
    return app
