"""Alerts in words: how many of what in which time, and what is normal."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import TruncDate

from alerts.catalogue import Kind
from alerts.models import Sighting

COMPARED_DAYS = 14

_NOUNS: dict[Kind, tuple[str, str]] = {
    Kind.FOREIGN_USE: ("refusal", "refusals"),
    Kind.DEAD_TOKEN: ("refusal", "refusals"),
    Kind.UNKNOWN_TOKEN: ("try", "tries"),
    Kind.EXPOSED_TOKEN: ("request", "requests"),
    Kind.FAILED_SIGN_INS: ("failed try", "failed tries"),
    Kind.ODD_HOURS: ("read", "reads"),
    Kind.BULK_READS: ("read", "reads"),
    Kind.NEW_PLACE: ("first use", "first uses"),
    Kind.RIGHTS_CHANGED: ("change", "changes"),
    Kind.OWN_PRODUCTION: ("grant", "grants"),
    Kind.TAMPERING: ("finding", "findings"),
    Kind.LOG_BROKEN: ("report", "reports"),
    Kind.ALARM_CHANGED: ("change", "changes"),
    Kind.FAILED_WORK: ("report", "reports"),
    Kind.EXPIRY_DUE: ("reminder", "reminders"),
    Kind.ROTATION_DUE: ("reminder", "reminders"),
    Kind.BUDGET_REACHED: ("report", "reports"),
    Kind.SWEEP_FOUND: ("report", "reports"),
}
_COMPARED = frozenset({Kind.FOREIGN_USE, Kind.DEAD_TOKEN, Kind.UNKNOWN_TOKEN, Kind.FAILED_SIGN_INS, Kind.ODD_HOURS})
_UNCOUNTED = frozenset({Kind.EXPIRY_DUE, Kind.ROTATION_DUE, Kind.BUDGET_REACHED, Kind.SWEEP_FOUND})
_SECONDS = ((86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"))


def counted(kind: Kind, count: int) -> str:
    one, many = _NOUNS[kind]
    return f"{count:,} {one if count == 1 else many}"


def span(first: dt.datetime, last: dt.datetime) -> str:
    """``3 min``; empty for one moment."""
    seconds = int((last - first).total_seconds())
    for size, one, many in _SECONDS:
        if seconds >= size:
            number = -(-seconds // size)
            return f"{number} {one if number == 1 else many}"
    return f"{seconds} s" if seconds else ""


def sentence(
    org_id: UUID, kind: Kind, subject: str, *, count: int, first: dt.datetime, last: dt.datetime, facts: str
) -> str:
    """``41 refusals in 3 min, normal is 0–2 a day. From 203.0.113.9.``"""
    if kind in _UNCOUNTED:
        return f"{facts}."
    lasted = span(first, last)
    said = counted(kind, count) + (f" in {lasted}" if lasted else "")
    if kind in _COMPARED:
        said += f", normal is {normal(_per_day(org_id, kind, subject, before=first))} a day"
    return f"{said}. {facts}.".replace("..", ".") if facts else f"{said}."


def normal(days: Sequence[int]) -> str:
    """Of as many days as there are, the quietest and the busiest but one: a single bad day is no habit."""
    ordered = sorted(days)
    low, high = ordered[0], ordered[-2] if len(ordered) > 1 else ordered[-1]
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _per_day(org_id: UUID, kind: Kind, subject: str, *, before: dt.datetime) -> list[int]:
    """The same counted on each of the days before that one, in UTC; a day without any is a nought."""
    last = before.astimezone(dt.UTC).date()
    begins = dt.datetime.combine(last - dt.timedelta(days=COMPARED_DAYS), dt.time(), dt.UTC)
    ends = dt.datetime.combine(last, dt.time(), dt.UTC)
    rows = Sighting.objects.filter(org_id=org_id, kind=kind, subject=subject, at__gte=begins, at__lt=ends)
    found = list(rows.values(day=TruncDate("at", tzinfo=dt.UTC)).annotate(n=Sum("weight")).values_list("n", flat=True))
    return found + [0] * (COMPARED_DAYS - len(found))
