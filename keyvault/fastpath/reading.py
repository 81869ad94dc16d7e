"""One value by token: find all in one statement, decide, commit the event in the second, then open.

The facts are fetched here; every judgement is the one that the ordinary road makes (:mod:`tokens.rows`,
:mod:`orgs.decide`). Whatever is not a plain yes is None: the ordinary road then refuses, explains and records it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from audit import sink
from audit.services import Outcome, Prepared, prepare, record
from keyvault.actor import Actor, Origin, Verb
from keyvault.errors import CannotOpen, Unauthorized
from keyvault.fastpath.prepared import Row, Statement
from keyvault.fastpath.statements import COMMIT, FIND
from keyvault.fastpath.together import Together
from keyvault.keyring import ring
from keyvault.keyring.envelope import ValueContext, unseal
from keyvault.keyring.purposes import Purpose
from keyvault.secrets import exposure
from keyvault.secrets.models import SecretKind
from keyvault.secrets.values import Value, restored
from keyvault.target import Ref, Target, Tier
from orgs.decide import GrantFacts, decide
from orgs.permissions import Action
from tokens import last_use
from tokens.format import parse
from tokens.peppers import digests_of
from tokens.rows import TokenRow, read
from tokens.verdict import Verdict

_Row = Mapping[str, Any]
Asked = tuple[list[bytes], str, str, str]  # digests, project, environment, name


@dataclass(frozen=True, slots=True)
class Permitted:
    """A read that may happen: who, on what, and the row that says so. Nothing is opened yet."""

    actor: Actor
    target: Target
    row: _Row = field(repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    actor: Actor
    row: _Row = field(repr=False)
    value: Value = field(repr=False)
    event: Prepared = field(repr=False)


def permitted(presented: str, *, origin: Origin, project: str, environment: str, name: str) -> Permitted | None:
    """The first statement. None for whatever is not a plain yes. Raises Failed where the database does not answer."""
    if parse(presented) is None or "\0" in f"{project}{environment}{name}":
        return None
    digests = digests_of(presented)
    row = _found.ask((list(digests), project, environment, name))
    if row is None or row["envelope"] is None or row["wrapped"] is None:
        return None
    verdict, actor = read(
        TokenRow.of(row), pepper=digests[bytes(row["digest"])], origin=origin, now=dt.datetime.now(dt.UTC)
    )
    if verdict is not Verdict.USABLE or _wants_more(row):
        return None
    target = _target(row)
    allowed = decide(Action.REVEAL_SECRET, actor=actor, target=target, grants=_grants(row)).allowed
    return Permitted(actor, target, row) if allowed else None


def commit_and_open(found: Permitted) -> Read:
    """The second statement: the event, written only while what was decided still holds; then the value is opened.

    Raises Unauthorized where the token was revoked or its holder changed in between, CannotOpen (after an event of its
    own) where the envelope does not open, Failed where the event cannot be written.
    """
    event = prepare(Action.REVEAL_SECRET, actor=found.actor, on=found.target)
    if not _written.ask((event, found.row)):
        raise Unauthorized("The token has been revoked or has changed.", rule="token-revoked")
    last_use.note(found.row["id"], found.actor.origin, event.at)
    return Read(found.actor, found.row, _opened(found), event)


def _opened(found: Permitted) -> Value:
    row = found.row
    try:
        key = ring.unwrap(row["datakey_id"], Purpose.VALUE, row["org_id"], bytes(row["root_id"]), bytes(row["wrapped"]))
        value = restored(row["type"], unseal(key, _context(row), bytes(row["envelope"])))
    except CannotOpen:
        record(Action.REVEAL_SECRET, actor=found.actor, on=found.target, outcome=Outcome.ERROR, reason=CannotOpen.rule)
        raise
    exposure.note(row["version_id"], exposure.REVEALED, found.actor)
    return value


def _wants_more(row: _Row) -> bool:
    """The gateway's own keys, and reads that want a reason: the ordinary road knows what to say."""
    wants_reason: bool = row["protected"] and row["require_reason_in_production"]
    return wants_reason or row["secret_kind"] == SecretKind.BROKERED


def _target(row: _Row) -> Target:
    return Target(
        org=Ref(row["org_id"], row["org_slug"]),
        project=Ref(row["place_project_id"], row["project_slug"]),
        environment=Ref(row["place_environment_id"], row["environment_slug"]),
        tier=Tier(row["tier"]),
        protected=row["protected"],
        secret=Ref(row["secret_id"], row["secret_name"]),
        version=row["version"],
    )


def _grants(row: _Row) -> list[GrantFacts]:
    held = zip(row["grant_environments"] or (), row["grant_verbs"] or (), row["grant_prefixes"] or (), strict=True)
    return [
        GrantFacts(row["place_project_id"], environment, frozenset(map(Verb, verbs.split(","))), prefix)
        for environment, verbs, prefix in held
    ]


def _context(row: _Row) -> ValueContext:
    return ValueContext(
        purpose=Purpose.VALUE,
        org=row["org_id"],
        project=row["place_project_id"],
        environment=row["place_environment_id"],
        secret=row["secret_id"],
        version=row["version"],
    )


def find_rows(asked: Sequence[Asked]) -> list[_Row | None]:
    """For each what is there; None where there is no such token."""
    values = [value for place, one in enumerate(asked) for value in (place, *one)]
    rows = {row["place"]: row for row in _rows(FIND[len(asked)], [*values, ring.held_root_ids()])}
    return [rows.get(place) for place in range(len(asked))]


def commit_events(reads: Sequence[tuple[Prepared, _Row]]) -> list[bool]:
    """Whether each was written. One whose token or holder changed in between is not, and hinders no other."""
    values = [value for event, row in reads for value in (*event, row["id"], row["mac"], row["role"])]
    written = {row["id"] for row in _rows(COMMIT[len(reads)], values)}
    sink.write([event.entry for event, _ in reads if event.id in written])
    return [event.id in written for event, _ in reads]


_found = Together(find_rows)
_written = Together(commit_events)


def _rows(statement: Statement, values: Sequence[Any]) -> list[Row]:
    """On Django's connection. One that has died raises psycopg.Error here; the ordinary road makes a new one."""
    connection.ensure_connection()
    return statement.rows(connection.connection, values)
