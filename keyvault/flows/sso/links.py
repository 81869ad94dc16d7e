"""The addresses that a provider is told; from the configured address alone, because they are registered there."""

from django.conf import settings
from django.urls import reverse

from orgs.models import Connection


def callback_url(connection: Connection) -> str:
    return _link("sso-callback", connection)


def acs_url(connection: Connection) -> str:
    """Where a SAML provider posts its response: the Assertion Consumer Service."""
    return _link("sso-acs", connection)


def metadata_url(connection: Connection) -> str:
    """Our SAML metadata, and our entity ID."""
    return _link("sso-metadata", connection)


def _link(name: str, connection: Connection) -> str:
    return f"{settings.KEYVAULT_URL}{reverse(name, kwargs={'key': connection.key})}"
