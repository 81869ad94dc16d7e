"""Whose a token is, for sums and events: read when lines are written, because a journal knows identifiers only."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gateway.flushing import statements
from keyvault.actor import Actor, ActorType, Origin, TokenKind, TokenScope
from keyvault.target import Ref, Target


@dataclass(frozen=True, slots=True)
class Owner:
    token: Ref
    kind: TokenKind
    person: UUID | None
    service: UUID | None
    name: str
    place: Target

    def actor(self, org: UUID, origin: Origin) -> Actor:
        is_person = self.kind is TokenKind.PERSON
        return Actor(
            type=ActorType.PERSON if is_person else ActorType.SERVICE,
            id=self.person if is_person else self.service,
            name=self.name,
            origin=origin,
            org_id=org,
            token=TokenScope(self.token.id, self.token.name, self.kind, frozenset()),
        )


def owners(tokens: Collection[UUID]) -> dict[UUID, Owner]:
    """Those that are still there, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statements.WHOSE, [list(tokens)])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["id"]: _owner(row) for row in rows}


def _owner(row: dict[str, Any]) -> Owner:
    kind = TokenKind(row["kind"])
    is_person = kind is TokenKind.PERSON
    return Owner(
        token=Ref(row["id"], row["name"]),
        kind=kind,
        person=row["user_id"] if is_person else None,
        service=row["service_id"],
        name=(row["email"] if is_person else row["service"]) or row["name"],
        place=_place(row),
    )


def _place(row: dict[str, Any]) -> Target:
    project = Ref(row["project_id"], row["project"]) if row["project_id"] else None
    environment = Ref(row["environment_id"], row["environment"]) if row["environment_id"] else None
    return Target(org=Ref(row["org_id"], row["org"]), project=project, environment=environment)
