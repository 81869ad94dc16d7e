"""Changing the working hours that alerts go by."""

import datetime as dt
from collections.abc import Collection
from zoneinfo import available_timezones

from alerts.calendars import calendar_of
from alerts.models import Calendar
from audit.services import JSON, record
from keyvault.actor import Actor
from orgs.access import changing_rights
from orgs.models import Organization
from orgs.names import invalid
from orgs.permissions import Action

MOST_DAYS_OFF = 366

_WEEK = frozenset(range(1, 8))


def change_calendar(
    *,
    actor: Actor,
    org: Organization,
    time_zone: str | None = None,
    days: Collection[int] | None = None,
    begins: dt.time | None = None,
    ends: dt.time | None = None,
    days_off: Collection[dt.date] | None = None,
) -> Calendar:
    """``days`` are ISO weekdays, Monday is 1. Changes what is given. Raises Invalid."""
    if time_zone is not None and time_zone not in available_timezones():
        raise invalid("time_zone", "A name of the time zone database is needed, as Europe/London.")
    if days is not None and (not days or not set(days) <= _WEEK):
        raise invalid("days", "Weekdays from 1 (Monday) to 7, one at least.")
    if days_off is not None and len(days_off) > MOST_DAYS_OFF:
        raise invalid("days_off", f"At most {MOST_DAYS_OFF} days.")
    wanted = {
        "time_zone": time_zone,
        "days": None if days is None else sorted(set(days)),
        "begins": begins,
        "ends": ends,
        "days_off": None if days_off is None else sorted(set(days_off)),
    }
    with changing_rights(actor, Action.CHANGE_ALERT_CALENDAR, org.target) as held:
        calendar = calendar_of(org.pk)
        calendar.org = org
        changes: dict[str, JSON] = {}
        for field, value in wanted.items():
            if value is not None and value != getattr(calendar, field):
                changes[field] = {"from": _told(getattr(calendar, field)), "to": _told(value)}
                setattr(calendar, field, value)
        if calendar.begins >= calendar.ends:
            raise invalid("ends", "A working day ends after it begins.")
        if changes:
            calendar.save()
            record(Action.CHANGE_ALERT_CALENDAR, actor=held, on=org.target, details=changes)
    return calendar


def _told(value: object) -> JSON:
    return [str(each) for each in value] if isinstance(value, list) else str(value)
