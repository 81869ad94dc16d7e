"""Usage for whoever shows it or watches it: alerts and the console read usage through this module only.

All of it is read within the scope of an actor, but for :func:`standing_of_budgets` and :func:`soft_budgets_reached`,
which the product itself asks.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, F, Max, Q, Sum, UUIDField
from django.db.models.functions import Cast, TruncDay, TruncHour
from django.utils import timezone

from audit.delegated import REFUSE
from audit.models import Event
from gateway.limits.facts import CENT, Kind
from gateway.models import Hour, Limit, Pool, Usage
from gateway.querysets import HourQuerySet
from keyvault.actor import Actor

_SUMS: Final = (
    "requests", "errors", "estimated", "bytes_in", "bytes_out", "tokens_in", "tokens_cached", "tokens_out", "spend",
    "milliseconds",
)  # fmt: skip
BY: Final = ("total", "hour", "day", "token", "person", "service", "project", "environment", "provider", "model")
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which usage: by the hour from ``since`` up to ``until``, of these alone."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    token: UUID | None = None
    project: UUID | None = None
    environment: UUID | None = None
    provider: str | None = None
    model: str | None = None


def summed(actor: Actor, by: str, asked: Asked) -> list[dict[str, Any]]:
    """One row for each hour, day, token, …, with what :class:`gateway.models.Hour` sums; ``key`` says which.

    Moments come in order, everything else by spend and requests, 1,000 at most. Spend is in millionths.
    """
    hours = hours_of(actor, asked)
    sums = {name: Sum(name) for name in _SUMS} | {"slowest": Max("slowest")}
    if by == "total":
        total = hours.aggregate(**sums)
        return [{"key": None, **{name: value or 0 for name, value in total.items()}}]
    grouped = hours.annotate(key=_key(by)).values("key").annotate(**sums)
    order = ("key",) if by in ("hour", "day") else ("-spend", "-requests", "key")
    return [dict(row) for row in grouped.exclude(key=None).order_by(*order)[:_MOST]]


def latencies(actor: Actor, asked: Asked) -> list[int]:
    """Requests by how long they took: one number for each bucket of :mod:`gateway.usage.latency`."""
    rows = hours_of(actor, asked).values_list("latencies", flat=True)
    return [sum(column) for column in zip(*rows.iterator(), strict=True)]


def requests_of(actor: Actor, token: UUID, most: int = 100) -> Sequence[Usage]:
    """A token's last requests, the newest first."""
    if not Hour.objects.visible_to(actor).filter(token=token).exists():
        return []
    return list(Usage.objects.filter(org_id=actor.org_id, token=token).order_by("-id")[:most])


def refusals(
    actor: Actor, since: dt.datetime, until: dt.datetime, *, token: UUID | None = None
) -> list[dict[str, Any]]:
    """By rule, how many *events* of refusals at the gateway there were; the log folds many refusals into few events.

    For those who may read the log; for others nothing.
    """
    events = Event.objects.visible_to(actor).between(since, until).filter(action=REFUSE)
    events = events.of_token(token) if token else events
    counted: dict[str, int] = {}
    for reason in events.values_list("reason", flat=True).iterator():
        counted[reason] = counted.get(reason, 0) + 1
    return [{"rule": rule, "events": count} for rule, count in sorted(counted.items(), key=lambda each: -each[1])]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a limit's budgets stand this month. ``spent`` is in cents, rounded down, as far as it is in the database."""

    limit: Limit
    spent: int

    @property
    def is_over_soft(self) -> bool:
        return self.limit.soft_cents is not None and self.spent >= self.limit.soft_cents

    @property
    def is_used_up(self) -> bool:
        return self.limit.monthly_cents is not None and self.spent >= self.limit.monthly_cents


def budgets(actor: Actor) -> list[Standing]:
    return standing_of(list(Limit.objects.visible_to(actor).filter(_BUDGETS).select_related("org", "project", "token")))


def standing_of_budgets(org_id: UUID) -> list[Standing]:
    """For the product's own watch over an organization."""
    return standing_of(list(Limit.objects.filter(_BUDGETS, org_id=org_id).select_related("org", "project", "token")))


def soft_budgets_reached() -> list[Standing]:
    """Of this month, in every organization. Two queries."""
    limits = Limit.objects.filter(soft_cents__isnull=False).select_related(
        "org", "project", "token__environment", "token__membership__user", "token__keeper__user"
    )
    return [standing for standing in standing_of(list(limits)) if standing.is_over_soft]


_BUDGETS = Q(monthly_cents__isnull=False) | Q(soft_cents__isnull=False)


def standing_of(limits: Sequence[Limit]) -> list[Standing]:
    """One query, whosever they are."""
    month = timezone.now().astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    subjects = [subject_of(limit) for limit in limits]
    pools = Pool.objects.filter(subject__in=subjects, kind=Kind.MONEY.value, period=month)
    used = dict(pools.values_list("subject", "used"))
    return [Standing(limit, used.get(subject, 0) // CENT) for limit, subject in zip(limits, subjects, strict=True)]


def subject_of(limit: Limit) -> UUID:
    return limit.token_id or limit.project_id or limit.org_id


def hours_of(actor: Actor, asked: Asked) -> HourQuerySet:
    hours = Hour.objects.visible_to(actor).between(asked.since, asked.until)
    named = {
        name: value
        for name in ("token", "project", "environment", "provider", "model")
        if (value := getattr(asked, name)) is not None
    }
    return hours.filter(**named)


def _key(by: str) -> Any:
    if by == "day":
        return TruncDay("hour", tzinfo=dt.UTC)
    if by == "hour":
        return TruncHour("hour", tzinfo=dt.UTC)
    return Cast(F(by), UUIDField()) if by not in ("provider", "model") else Cast(F(by), CharField())
