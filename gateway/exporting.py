"""Usage as CSV. A cell that a spreadsheet would take for a formula begins with an apostrophe."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Sum

from audit.listing import csv_line
from gateway import queries
from gateway.models import Hour
from gateway.naming import names
from keyvault.actor import Actor

_USAGE = (
    "hour", "project", "environment", "owner", "token", "provider", "model", "requests", "errors", "tokens_in",
    "tokens_cached", "tokens_out", "spend",
)  # fmt: skip
_CHARGED = ("month", "project", "owner", "token", "token_id", "requests", "tokens_in", "tokens_out", "spend")
_MOST = 50_000


def usage(actor: Actor, asked: queries.Asked) -> str:
    """One line for each hour, token, provider and model; the newest 50,000. Spend is in the price list's currency."""
    rows = list(queries.hours_of(actor, asked).order_by("-hour", "id")[:_MOST])
    called = _Names(rows)
    lines = [csv_line(_USAGE)]
    for row in rows:
        place = (called.project(row.project), called.environment(row.environment))
        who = (called.owner(row), called.token(row.token))
        counts = (row.requests, row.errors, row.tokens_in, row.tokens_cached, row.tokens_out)
        lines.append(csv_line([row.hour.isoformat(), *place, *who, row.provider, row.model, *counts, money(row.spend)]))
    return "".join(lines)


def chargeback(actor: Actor, month: dt.date) -> str:
    """A month by project, person or service, and token."""
    begin = dt.datetime(month.year, month.month, 1, tzinfo=dt.UTC)
    end = (begin + dt.timedelta(days=32)).replace(day=1)
    hours = Hour.objects.visible_to(actor).between(begin, end)
    sums = {name: Sum(name) for name in ("requests", "tokens_in", "tokens_out", "spend")}
    rows = [
        _Charged(**row)
        for row in hours.values("project", "person", "service", "token").annotate(**sums).order_by("-spend", "token")
    ]
    called = _Names(rows)
    lines = [csv_line(_CHARGED)]
    for row in rows:
        who = (called.project(row.project), called.owner(row), called.token(row.token), str(row.token))
        counts = (row.requests, row.tokens_in, row.tokens_out)
        lines.append(csv_line([f"{begin:%Y-%m}", *who, *counts, money(row.spend)]))
    return "".join(lines)


def money(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06}"


class _Charged:
    def __init__(self, **facts: Any) -> None:
        self.environment: UUID | None = None
        self.project: UUID | None = facts["project"]
        self.person: UUID | None = facts["person"]
        self.service: UUID | None = facts["service"]
        self.token: UUID = facts["token"]
        self.requests, self.spend = facts["requests"], facts["spend"]
        self.tokens_in, self.tokens_out = facts["tokens_in"], facts["tokens_out"]


class _Names:
    """What the identifiers are called now; what is gone shows its identifier."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._projects = names("project", (row.project for row in rows))
        self._environments = names("environment", (row.environment for row in rows))
        self._people = names("person", (row.person for row in rows))
        self._services = names("service", (row.service for row in rows))
        self._tokens = names("token", (row.token for row in rows))

    def project(self, key: UUID | None) -> str:
        return self._projects.get(key, str(key or ""))

    def environment(self, key: UUID | None) -> str:
        return self._environments.get(key, str(key or ""))

    def token(self, key: UUID) -> str:
        return self._tokens.get(key, str(key))

    def owner(self, row: Any) -> str:
        if row.person:
            return self._people.get(row.person, str(row.person))
        return self._services.get(row.service, str(row.service or ""))
