"""How far a token is to reach: the input made clean, and the proof that a child reaches no farther than its parent."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from keyvault.actor import Verb
from keyvault.networks import clean_network, is_inside, parse_network
from keyvault.secrets.paths import clean_prefix
from orgs.decide import matches
from orgs.names import clean_each, invalid
from tokens import endpoints, origins

TEXT_LIMIT = 255  # characters of an origin or an endpoint

_Within = Callable[[str, tuple[str, ...]], bool]


@dataclass(frozen=True, slots=True)
class Reach:
    """As in :class:`keyvault.actor.TokenScope`: None or nothing is "no limit of this kind", except ``verbs``."""

    verbs: frozenset[Verb]
    project_id: UUID | None
    environment_id: UUID | None
    prefixes: tuple[str, ...]
    networks: tuple[str, ...]
    origins: tuple[str, ...]
    may_reveal_production: bool
    expires_at: dt.datetime
    server_calls: bool = False
    websocket: bool = False
    endpoints: tuple[str, ...] = ()


def wider_part(child: Reach, parent: Reach) -> str | None:
    """The first part in which ``child`` reaches farther than ``parent``; None when it does in none. Pure."""
    within = {
        "verbs": child.verbs <= parent.verbs,
        "project": parent.project_id in (None, child.project_id),
        "environment": parent.environment_id in (None, child.environment_id),
        "prefixes": _covers(child.prefixes, parent.prefixes, _path_within),
        "networks": _covers(child.networks, parent.networks, _network_within),
        "origins": _covers(child.origins, parent.origins, origins.is_covered),
        "server_calls": parent.server_calls or not parent.origins or not child.server_calls,
        "websocket": parent.websocket or not child.websocket,
        "endpoints": _covers(child.endpoints, parent.endpoints, endpoints.is_covered),
        "may_reveal_production": parent.may_reveal_production or not child.may_reveal_production,
        "expires_at": child.expires_at <= parent.expires_at,
    }
    return next((part for part, holds in within.items() if not holds), None)


def columns_of(reach: Reach) -> dict[str, object]:
    """As a token's row has it, but for its place."""
    return {
        "prefixes": list(reach.prefixes),
        "verbs": sorted(reach.verbs),
        "networks": list(reach.networks),
        "origins": list(reach.origins),
        "may_reveal_production": reach.may_reveal_production,
        "server_calls": reach.server_calls,
        "websocket": reach.websocket,
        "endpoints": list(reach.endpoints),
        "expires_at": reach.expires_at,
    }


def clean_verbs(verbs: Iterable[str]) -> frozenset[Verb]:
    """Raises Invalid for a verb that there is not."""
    given = set(verbs)
    if not given <= set(Verb):
        raise invalid("verbs", f"The verbs are {', '.join(Verb)}.")
    return frozenset(map(Verb, given))


def clean_prefixes(prefixes: Collection[str]) -> tuple[str, ...]:
    """Nothing where one of them covers every path. Raises Invalid."""
    cleaned = clean_each("prefixes", prefixes, lambda prefix: clean_prefix(prefix, field="prefixes"))
    return () if "" in cleaned else cleaned


def clean_networks(networks: Collection[str]) -> tuple[str, ...]:
    """Addresses and CIDR without host bits, all written as CIDR. Raises Invalid."""
    return clean_each("networks", networks, clean_network)


def clean_origins(written: Collection[str]) -> tuple[str, ...]:
    """Each in one form, see :func:`tokens.origins.parse_allowed`. Raises Invalid."""
    return clean_each("origins", written, lambda text: origins.written(origins.parse_allowed(_short(text))))


def clean_endpoints(written: Collection[str]) -> tuple[str, ...]:
    """``/v1/chat`` of any provider, or ``openai/v1/chat`` of one. Raises Invalid."""
    return clean_each("endpoints", written, lambda text: endpoints.clean(_short(text)))


def _covers(child: tuple[str, ...], parent: tuple[str, ...], within: _Within) -> bool:
    return not parent or (bool(child) and all(within(part, parent) for part in child))


def _path_within(prefix: str, prefixes: tuple[str, ...]) -> bool:
    """``api/*`` covers the pattern ``api/x*`` by the same rule by which it covers a name that begins so."""
    return any(matches(other, prefix) for other in prefixes)


def _network_within(network: str, networks: tuple[str, ...]) -> bool:
    return is_inside(parse_network(network), map(parse_network, networks))


def _short(text: str) -> str:
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"has more than {TEXT_LIMIT} characters")
    return text
