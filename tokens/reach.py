"""How far a token is to reach: the input made clean, and the proof that a child reaches no farther than its parent."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from uuid import UUID

from keyvault.actor import Verb
from keyvault.networks import clean_network, is_inside, parse_address, parse_network
from keyvault.secrets.paths import clean_prefix
from orgs.decide import matches
from orgs.names import clean_each, invalid

ORIGIN_LIMIT = 255  # characters

_PORTS = {"http": "80", "https": "443"}
_ORIGIN = re.compile(
    r"""(?P<scheme>https?)://
        (?:(?P<host>[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)|\[(?P<v6>[0-9a-f:.]+)\])
        (?::(?P<port>[1-9][0-9]{0,4}))?/?""",
    re.VERBOSE,
)

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


def wider_part(child: Reach, parent: Reach) -> str | None:
    """The first part in which ``child`` reaches farther than ``parent``; None when it does in none. Pure."""
    within = {
        "verbs": child.verbs <= parent.verbs,
        "project": parent.project_id in (None, child.project_id),
        "environment": parent.environment_id in (None, child.environment_id),
        "prefixes": _covers(child.prefixes, parent.prefixes, _path_within),
        "networks": _covers(child.networks, parent.networks, _network_within),
        "origins": _covers(child.origins, parent.origins, lambda origin, origins: origin in origins),
        "may_reveal_production": parent.may_reveal_production or not child.may_reveal_production,
        "expires_at": child.expires_at <= parent.expires_at,
    }
    return next((part for part, holds in within.items() if not holds), None)


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


def clean_origins(origins: Collection[str]) -> tuple[str, ...]:
    """As browsers send them (RFC 6454 §6.2): scheme, host, and the port where it is not the scheme's own."""
    return clean_each("origins", origins, _origin)


def _covers(child: tuple[str, ...], parent: tuple[str, ...], within: _Within) -> bool:
    return not parent or (bool(child) and all(within(part, parent) for part in child))


def _path_within(prefix: str, prefixes: tuple[str, ...]) -> bool:
    """``api/*`` covers the pattern ``api/x*`` by the same rule by which it covers a name that begins so."""
    return any(matches(other, prefix) for other in prefixes)


def _network_within(network: str, networks: tuple[str, ...]) -> bool:
    return is_inside(parse_network(network), map(parse_network, networks))


def _origin(text: str) -> str:
    shape = _ORIGIN.fullmatch(text.lower()) if len(text) <= ORIGIN_LIMIT else None
    host = _host(shape) if shape else ""
    if shape is None or not host or int(shape["port"] or 0) > 65535:
        raise ValueError("is no origin; one is https://app.example or http://localhost:5173")
    port = "" if shape["port"] in (None, _PORTS[shape["scheme"]]) else f":{shape['port']}"
    return f"{shape['scheme']}://{host}{port}"


def _host(shape: re.Match[str]) -> str:
    """Empty for what stands in brackets and is not IPv6."""
    if shape["host"]:
        return shape["host"]
    address = parse_address(shape["v6"])
    return f"[{address}]" if isinstance(address, IPv6Address) else ""
