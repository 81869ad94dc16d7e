"""From fetched rows to a token: its MAC verified, its owner judged, its keys permitted by the one decision."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from gateway.limits.loading import bounds_of
from gateway.model import Base, Binding, Place, Provider, Slot, WireProtocol
from gateway.state.token import HeldToken, Sealed
from keyvault.actor import Actor, Origin, TokenKind, Verb
from keyvault.networks import parse_network
from keyvault.target import Ref, Target, Tier
from orgs.decide import GrantFacts, decide
from orgs.permissions import Action
from tokens.origins import parse_allowed
from tokens.rows import TokenRow, read
from tokens.verdict import Verdict

_log = logging.getLogger("gateway")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What tokens are built from besides their own rows."""

    peppers: Mapping[UUID, bytes] = field(repr=False)
    providers: Mapping[str, Provider]
    secrets: Mapping[UUID, Sequence[Row]]
    """Bound ones, by environment."""
    grants: Mapping[UUID, Sequence[GrantFacts]]
    """By membership."""
    labels: Mapping[UUID, str]
    """Of members, services and environments."""
    upstreams: Mapping[UUID, Mapping[str, Provider]]
    """By organization and slug."""
    limits: Mapping[UUID, Sequence[Row]]
    """By organization."""


def build(row: Row, facts: Facts, now: dt.datetime) -> HeldToken | None:
    """None where nothing of the row may be believed: it was changed behind the services' back."""
    pepper = facts.peppers.get(row["pepper_id"])
    if pepper is None:
        return None
    verdict, actor = read(TokenRow.of(row), pepper=pepper, origin=Origin(), now=now)
    if verdict is Verdict.TAMPERED:
        _log.error("token %s is not as it was issued and is not taken", row["id"])
        return None
    try:
        return _token(row, facts, actor, owner_active=verdict is not Verdict.OWNER_GONE)
    except ValueError as problem:
        _log.error("token %s cannot be read (%s) and is not taken", row["id"], type(problem).__name__)
        return None


def _token(row: Row, facts: Facts, actor: Actor, *, owner_active: bool) -> HeldToken:
    place = _place(row)
    limits = bounds_of(row, facts.limits.get(row["org_id"], ()))
    things = (row["membership_id"], row["service_id"], row["environment_id"])
    return HeldToken(
        id=row["id"],
        org_id=row["org_id"],
        kind=TokenKind(row["kind"]),
        name=row["name"],
        owner=row["email"] or row["service_slug"] or row["name"],
        digest=bytes(row["digest"]),
        state=row["state"],
        owner_active=owner_active,
        expires_at=row["expires_at"].timestamp(),
        networks=tuple(map(parse_network, row["networks"])),
        org_networks=tuple(map(parse_network, row["org_networks"])),
        origins=tuple(map(parse_allowed, row["origins"])),
        server_calls=row["server_calls"] and row["tier"] == Tier.DEVELOPMENT,
        websocket=row["websocket"],
        paths=tuple(row["endpoints"]),
        tools=tuple((level.name, level.tools) for level in limits.levels if level.tools),
        labels=frozenset(label for thing in things if thing and (label := facts.labels.get(thing))),
        project=Place(place.project.id, place.project.name) if place.project else None,
        environment=Place(place.environment.id, place.environment.name) if place.environment else None,
        bindings=_bindings(row, facts, actor, place),
        limits=limits,
        actor=actor,
        place=place,
        mac=bytes(row["mac"]),
        pepper_id=row["pepper_id"],
    )


def _place(row: Row) -> Target:
    has_project, has_environment = row["project_slug"] is not None, row["environment_slug"] is not None
    return Target(
        org=Ref(row["org_id"], row["org_slug"]),
        project=Ref(row["project_id"], row["project_slug"]) if has_project else None,
        environment=Ref(row["environment_id"], row["environment_slug"]) if has_environment else None,
        tier=Tier(row["tier"]) if has_environment else None,
        protected=bool(row["protected"]),
    )


def _bindings(row: Row, facts: Facts, actor: Actor, place: Target) -> dict[str, Binding]:
    """A token without an environment stands for no key: each environment has its own. Nor does a team's in production
    where the organization does not permit that, or no longer.
    """
    if place.environment is None or _is_barred(row):
        return {}
    grants = facts.grants.get(row["membership_id"], ())
    found = {}
    for secret in facts.secrets.get(place.environment.id, ()):
        target = replace(place, secret=Ref(secret["id"], secret["name"]), version=secret["version"])
        provider = _provider(secret, facts)
        if provider and decide(Action.UNSEAL_SECRET, actor=actor, target=target, grants=grants).allowed:
            found[provider.slug] = Binding(
                secret_id=secret["id"],
                version_id=secret["version_id"],
                provider=provider,
                base=Base.parse(secret["upstream"]),
                sealed=Sealed(target, secret["type"], secret["provider"], secret["upstream"]),
            )
    return found


def _is_barred(row: Row) -> bool:
    production = row["kind"] == TokenKind.TEAM and row["tier"] == Tier.PRODUCTION
    return production and not row["team_in_production"]


def _provider(secret: Row, facts: Facts) -> Provider | None:
    """A preset's name is nobody's to take."""
    own = facts.upstreams.get(secret["org_id"], {})
    return facts.providers.get(secret["provider"]) or own.get(secret["provider"])


def grant_of(row: Row) -> GrantFacts:
    return GrantFacts(row["project_id"], row["environment_id"], frozenset(map(Verb, row["verbs"])), row["prefix"])


def provider_of(row: Row) -> Provider:
    """An organization's own. What it echoes nobody knows, so that all its answers are searched for the key."""
    return Provider(
        slug=row["slug"],
        title=row["title"],
        base=row["base"],
        slots=tuple(map(Slot.parse, row["slots"])),
        also=row["also"],
        paths=tuple(row["paths"]),
        denied=tuple(row["denied"]),
        websocket=row["websocket"],
        protocol=WireProtocol(row["protocol"]),
        tools=tuple(row["tools"]),
        echoes=True,
        own=True,
        errors=row["errors"],
        usage=row["usage"],
    )
