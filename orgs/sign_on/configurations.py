"""What a connection's configuration holds, by kind; sealed as a whole, because a part of it is a secret."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from orgs.models import Connection, Kind

GITHUB = "https://github.com"


@dataclass(frozen=True, slots=True)
class OidcConfiguration:
    """``issuer`` is what its discovery document must name (OpenID Connect Discovery 1.0 §4.3)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")

    @property
    def identity(self) -> str:
        """Whose people these are. Another one would give its people the accounts of those."""
        return self.issuer


@dataclass(frozen=True, slots=True)
class SamlConfiguration:
    """From the provider's metadata. ``certificates`` are base64 DER, those of an old and a new key during a rollover.

    ``uid_attribute`` names what never changes of a person; empty: the NameID, which then must be persistent.
    """

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]
    uid_attribute: str = ""
    email_attribute: str = ""
    name_attribute: str = ""

    @property
    def identity(self) -> str:
        return self.entity_id


@dataclass(frozen=True, slots=True)
class GitHubConfiguration:
    """``organization`` is the login of the one whose members may come; ``url`` differs for GitHub Enterprise Server."""

    organization: str
    client_id: str
    client_secret: str = field(repr=False)
    url: str = GITHUB

    @property
    def identity(self) -> str:
        return self.url

    @property
    def api_url(self) -> str:
        return "https://api.github.com" if self.url == GITHUB else f"{self.url}/api/v3"


Configuration = OidcConfiguration | SamlConfiguration | GitHubConfiguration

_CLASSES: dict[str, Callable[..., Configuration]] = {
    Kind.OIDC: OidcConfiguration,
    Kind.SAML: SamlConfiguration,
    Kind.GITHUB: GitHubConfiguration,
}


def configuration_of(connection: Connection) -> Configuration:
    """Opened for the moment. Raises CannotOpen."""
    stored: dict[str, Any] = json.loads(connection.configuration.reveal())
    facts = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    return _CLASSES[connection.kind](**facts)


def as_text(configuration: Configuration) -> str:
    return json.dumps(asdict(configuration))


def kind_of(configuration: Configuration) -> Kind:
    return next(Kind(kind) for kind, made in _CLASSES.items() if made is type(configuration))
