"""One look at the database in one snapshot: when it was, what changed since the last look, and the tokens concerned."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from gateway.model import Provider
from gateway.state import moment, selecting
from gateway.state.building import Facts, Row, build, grant_of, provider_of
from gateway.state.moment import Moment
from gateway.state.scope import Scope
from gateway.state.token import HeldToken
from orgs.decide import GrantFacts

Connection = psycopg.Connection[Any]

_TRUSTED = "SELECT lease_until > clock_timestamp() FROM gateway_worker WHERE id = %s"
_CHANGES = "SELECT id, xid::text, kind, subject FROM gateway_change WHERE xid >= %s::text::xid8"


@dataclass(frozen=True, slots=True)
class Look:
    """``applied`` are the changes at or above the moment's xmin that the tokens here have in them."""

    moment: Moment
    scope: Scope
    tokens: Mapping[UUID, HeldToken] = field(default_factory=dict, repr=False)
    applied: frozenset[int] = frozenset()


class Loader:
    """``worker`` is our row; ``read_peppers`` gives the keys that digests are made with, by id."""

    def __init__(
        self, worker: UUID, providers: Mapping[str, Provider], read_peppers: Callable[[], Mapping[UUID, bytes]]
    ) -> None:
        self._worker, self._providers, self._read_peppers = worker, providers, read_peppers
        self.peppers: Mapping[UUID, bytes] = {}

    def look(self, connection: Connection, before: Look | None) -> Look:
        """Everything where there is no look before this one that it continues. Raises psycopg.Error.

        A change is visible now and was not before if its transaction had not ended then: its number is not below the
        xmin of then. So all changes from there on are read, whatever order they were numbered and committed in, and
        those that were read already are passed over.
        """
        with _snapshot(connection):
            now = Moment.of(_one(connection, moment.READ))
            if before is None or not now.continues(before.moment) or not self._is_trusted(connection):
                scope, applied = Scope(everything=True), self._changes(connection, now.xmin)
            else:
                since = self._changes(connection, before.moment.xmin)
                scope = Scope.of(since[number][1:] for number in since.keys() - before.applied)
                applied = {number: change for number, change in since.items() if change[0] >= now.xmin}
            if scope.everything:
                self.peppers = self._read_peppers()
            tokens = self._tokens(connection, scope) if scope else {}
        return Look(now, scope, tokens, frozenset(applied))

    def _is_trusted(self, connection: Connection) -> bool:
        """Without a lease that runs, what was heard is too old to go on from: all is read anew."""
        row = connection.execute(_TRUSTED, [self._worker]).fetchone()
        return bool(row and row[0])

    def _changes(self, connection: Connection, xmin: int) -> dict[int, tuple[int, str, UUID | None]]:
        rows = connection.execute(_CHANGES, [str(xmin)]).fetchall()
        return {number: (int(xid), kind, subject) for number, xid, kind, subject in rows}

    def _tokens(self, connection: Connection, scope: Scope) -> dict[UUID, HeldToken]:
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(selecting.TOKENS + scope.where, scope.values).fetchall()
            facts = self._facts(cursor, rows)
        now = dt.datetime.now(dt.UTC)
        return {token.id: token for row in rows if (token := build(row, facts, now))}

    def _facts(self, cursor: psycopg.Cursor[dict[str, Any]], rows: Collection[Row]) -> Facts:
        orgs = list({row["org_id"] for row in rows})
        members = list({row["membership_id"] for row in rows if row["membership_id"]})
        environments = list({row["environment_id"] for row in rows if row["environment_id"]})
        secrets: dict[UUID, list[Row]] = defaultdict(list)
        grants: dict[UUID, list[GrantFacts]] = defaultdict(list)
        upstreams: dict[UUID, dict[str, Provider]] = defaultdict(dict)
        limits: dict[UUID, list[Row]] = defaultdict(list)
        for row in cursor.execute(selecting.SECRETS, [environments]):
            secrets[row["environment_id"]].append(row)
        for row in cursor.execute(selecting.GRANTS, {"members": members}):
            grants[row["membership_id"]].append(grant_of(row))
        for row in cursor.execute(selecting.UPSTREAMS, [orgs]):
            upstreams[row["org_id"]][row["slug"]] = provider_of(row)
        for row in cursor.execute(selecting.LIMITS, [orgs]):
            limits[row["org_id"]].append(row)
        labels = {row["of"]: row["label"] for row in cursor.execute(selecting.LABELS, [orgs])}
        return Facts(self.peppers, self._providers, secrets, grants, labels, upstreams, limits)


@contextmanager
def _snapshot(connection: Connection) -> Iterator[None]:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _one(connection: Connection, query: Any) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  a query of constants
    return tuple(row)
