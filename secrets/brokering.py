"""Where the gateway sends a brokered key. The gateway's room, above this one, knows providers and is asked here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from keyvault.secrets.models import ValueType
from keyvault.secrets.values import Value
from orgs.names import invalid

NOWHERE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Destination:
    """``upstream`` is the base address, https://host[:port][/prefix], with the preset's variables filled in."""

    provider: str
    upstream: str

    @property
    def bound_to(self) -> tuple[str, tuple[str, ...]]:
        """What the envelope holds: nothing else of the destination may change without the value."""
        return self.provider, hosts_of(self.upstream)


class Providers(Protocol):
    def destination_of(self, org_id: UUID, provider: str, variables: Mapping[str, str]) -> Destination:
        """Held until the transaction ends. Raises Invalid for a provider that there is not, or for its variables."""

    def fields_of(self, org_id: UUID, provider: str) -> Collection[str]:
        """Which fields a value needs besides ``key``; none where a text will do."""


_providers: list[Providers] = []


def find_with(providers: Providers) -> None:
    _providers[:] = [providers]


def destination_of(org_id: UUID, provider: str, variables: Mapping[str, str] = NOWHERE) -> Destination:
    return _providers[0].destination_of(org_id, provider, variables)


def require_fit(org_id: UUID, provider: str, value: Value) -> None:
    """Raises Invalid for a value that cannot stand where the provider takes its key."""
    needed = ("key", *_providers[0].fields_of(org_id, provider))
    if value.type is ValueType.FIELDS:
        lacking = [name for name in needed if not value.parts.get(name)]
    else:
        lacking = list(needed) if value.type is ValueType.BINARY or len(needed) > 1 else []
    if lacking:
        raise invalid("value", f"A key of {provider} has the fields {', '.join(needed)}; {lacking[0]} is missing.")


def hosts_of(upstream: str) -> tuple[str, ...]:
    """The host of a base address, with the port where it is not the scheme's own; plain http shows. Pure.

    NOTE: stored values depend on it.
    """
    if not upstream:
        return ()
    parts = urlsplit(upstream)
    return (parts.netloc if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}",)
