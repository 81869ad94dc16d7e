"""When an organization works. Until it says so, weekdays from 7 to 20 in UTC."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.models import Calendar

ZONE, DAYS, BEGINS, ENDS = "UTC", (1, 2, 3, 4, 5), dt.time(7), dt.time(20)


def calendar_of(org_id: UUID) -> Calendar:
    """A row that is not saved, where there is none."""
    found = Calendar.objects.filter(org_id=org_id).select_related("org").first()
    return found or Calendar(org_id=org_id, time_zone=ZONE, days=list(DAYS), begins=BEGINS, ends=ENDS, days_off=[])


def is_at_work(calendar: Calendar, moment: dt.datetime) -> bool:
    local = moment.astimezone(ZoneInfo(calendar.time_zone))
    if local.isoweekday() not in calendar.days or local.date() in calendar.days_off:
        return False
    return calendar.begins <= local.time() < calendar.ends


def next_morning(calendar: Calendar, moment: dt.datetime) -> dt.datetime:
    """The next time that a working day's hour of beginning strikes, whatever day it is: when a day's mail is sent."""
    zone = ZoneInfo(calendar.time_zone)
    local = moment.astimezone(zone)
    today = dt.datetime.combine(local.date(), calendar.begins, zone)
    return today if today > local else dt.datetime.combine(local.date() + dt.timedelta(days=1), calendar.begins, zone)
