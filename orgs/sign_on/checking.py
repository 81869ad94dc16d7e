"""Whether a configuration can be what it says, before anything is asked of the provider."""

import re

from keyvault.egress import EgressRefused, require_askable
from orgs.names import invalid
from orgs.sign_on.configurations import (
    Configuration,
    GitHubConfiguration,
    OidcConfiguration,
    SamlConfiguration,
)

PURPOSE = "sso"
"""The purpose that an operator's admission of an internal address names (:mod:`keyvault.egress`)."""

LIMIT = 255  # characters of a text that somebody types
_SECRET_LIMIT = 191  # what allauth carries
_CERTIFICATES = 4
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")  # of an organization at GitHub


def require_sound(configuration: Configuration) -> None:
    """Raises Invalid, and names the field."""
    match configuration:
        case OidcConfiguration():
            _require_client(configuration)
            _require_address("issuer", configuration.issuer)
            if "openid" not in configuration.scopes or len(configuration.scopes) > 20:
                raise invalid("scopes", "At most 20 scopes, openid among them.")
        case GitHubConfiguration():
            _require_client(configuration)
            _require_address("url", configuration.url)
            if not _LOGIN.fullmatch(configuration.organization):
                raise invalid("organization", "The organization's login at GitHub, as in its address.")
        case SamlConfiguration():
            _require_saml(configuration)


def _require_client(configuration: OidcConfiguration | GitHubConfiguration) -> None:
    for name in ("client_id", "client_secret"):
        text = getattr(configuration, name)
        if not text or len(text) > _SECRET_LIMIT or not text.isprintable():
            raise invalid(name, f"From 1 to {_SECRET_LIMIT} characters.")


def _require_saml(configuration: SamlConfiguration) -> None:
    _require_address("metadata", configuration.sso_url)
    if not 1 <= len(configuration.certificates) <= _CERTIFICATES:
        raise invalid("metadata", f"The metadata names no certificate for signing, or more than {_CERTIFICATES}.")
    for name in ("uid_attribute", "email_attribute", "name_attribute"):
        if len(getattr(configuration, name)) > LIMIT:
            raise invalid(name, f"At most {LIMIT} characters.")


def _require_address(field: str, url: str) -> None:
    if len(url) > LIMIT or "#" in url or url != url.strip():
        raise invalid(field, f"An address of at most {LIMIT} characters, without a fragment.")
    try:
        require_askable(url, PURPOSE)
    except EgressRefused as refused:
        raise invalid(field, str(refused)) from None
