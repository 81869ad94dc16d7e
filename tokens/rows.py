"""From fetched columns to (verdict, actor): the one reading of a token's row, whoever fetched it. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from keyvault.actor import Actor, ActorType, Origin, Role, TokenKind, TokenScope, Verb
from keyvault.target import Ref, Target
from tokens.integrity import Bound, is_authentic
from tokens.verdict import Standing, Verdict, judge


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The columns of a token, its organization and its owner, under these names.

    ``role`` to ``is_active`` are the membership's and its user's, null for a token of no person; ``service_slug``
    and ``disabled_at`` the service identity's, null for a token of none.
    """

    id: UUID
    org_id: UUID
    kind: str
    name: str
    digest: bytes
    mac: bytes
    membership_id: UUID | None
    service_id: UUID | None
    project_id: UUID | None
    environment_id: UUID | None
    prefixes: Sequence[str]
    verbs: Sequence[str]
    networks: Sequence[str]
    origins: Sequence[str]
    may_reveal_production: bool
    expires_at: dt.datetime
    parent_id: UUID | None
    server_calls: bool
    websocket: bool
    endpoints: Sequence[str]
    line_id: UUID | None
    state: str
    org_slug: str
    org_networks: Sequence[str]
    role: str | None
    ended_at: dt.datetime | None
    ends_on: dt.date | None
    user_id: UUID | None
    email: str | None
    is_active: bool | None
    service_slug: str | None
    disabled_at: dt.datetime | None

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> "TokenRow":
        """From a row by column name; other columns are ignored."""
        return cls(**{name: columns[name] for name in FIELDS})

    @property
    def target(self) -> Target:
        """For an event about the token; its place is not fetched."""
        return Target(org=Ref(self.org_id, self.org_slug), token=Ref(self.id, self.name))


FIELDS = tuple(field.name for field in fields(TokenRow))


def read(row: TokenRow, *, pepper: bytes, origin: Origin, now: dt.datetime) -> tuple[Verdict, Actor]:
    """The verdict, and who acts if it is ``usable``. ``pepper`` is the key under which the digest was found.

    The actor is also whom the event of a refusal names; of a tampered row nothing may be believed.
    """
    standing = Standing(
        authentic=is_authentic(pepper, bound(row), bytes(row.mac)),
        state=row.state,
        owner_active=_owner_active(row, now.astimezone(dt.UTC).date()),
        expires_at=row.expires_at,
        networks=row.networks,
        org_networks=row.org_networks,
    )
    verdict = judge(standing, address=origin.address, now=now)
    if verdict is Verdict.TAMPERED:
        return verdict, Actor(ActorType.ANONYMOUS, None, "anonymous", origin)
    return verdict, _actor(row, origin)


def bound(row: TokenRow) -> Bound:
    """What the row's MAC is over."""
    return Bound(
        id=row.id,
        digest=bytes(row.digest),
        org_id=row.org_id,
        kind=row.kind,
        membership_id=row.membership_id,
        service_id=row.service_id,
        project_id=row.project_id,
        environment_id=row.environment_id,
        prefixes=row.prefixes,
        verbs=row.verbs,
        networks=row.networks,
        origins=row.origins,
        may_reveal_production=row.may_reveal_production,
        expires_at=row.expires_at,
        parent_id=row.parent_id,
        server_calls=row.server_calls,
        websocket=row.websocket,
        endpoints=row.endpoints,
        line_id=row.line_id,
    )


def _owner_active(row: TokenRow, today: dt.date) -> bool:
    """A person's token lives in a membership, a service's or CI job's in its identity, a team's in the organization."""
    if row.kind == TokenKind.PERSON:
        in_time = row.ends_on is None or row.ends_on >= today
        return row.role is not None and row.ended_at is None and in_time and bool(row.is_active)
    if row.kind == TokenKind.TEAM:
        return True
    return row.service_slug is not None and row.disabled_at is None


def _actor(row: TokenRow, origin: Origin) -> Actor:
    person = row.kind == TokenKind.PERSON
    return Actor(
        type=ActorType.PERSON if person else ActorType.SERVICE,
        id=row.user_id if person else row.service_id,
        name=(row.email if person else row.service_slug) or row.name,
        origin=origin,
        org_id=row.org_id,
        membership_id=row.membership_id if person else None,
        role=Role(row.role) if person and row.role else None,
        token=_scope(row),
    )


def _scope(row: TokenRow) -> TokenScope:
    return TokenScope(
        token_id=row.id,
        name=row.name,
        kind=TokenKind(row.kind),
        verbs=frozenset(map(Verb, row.verbs)),
        project_id=row.project_id,
        environment_id=row.environment_id,
        prefixes=tuple(row.prefixes),
        may_reveal_production=row.may_reveal_production,
        expires_at=row.expires_at,
    )
