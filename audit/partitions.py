"""The months ahead: events need a partition for their month, and without one every act fails."""

import datetime as dt

from django.db import connection

from audit.services import record
from keyvault.actor import system
from keyvault.target import Target

MONTHS_AHEAD = 36
MONTHS_ENOUGH = 3


def months_ahead() -> int:
    """How many months after this one are ready without a gap; -1 where even this month is missing."""
    ready = _partitions()
    month = dt.datetime.now(dt.UTC).date().replace(day=1)
    count = -1
    while f"audit_event_{month:%Y_%m}" in ready:
        count += 1
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return count


def make_ahead(months: int = MONTHS_AHEAD) -> int:
    """Makes what is missing and checks the triggers of all; returns how many were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_months(%s)", [months])
        (made,) = cursor.fetchone()
    if made:
        record("audit:partitions", actor=system("audit"), on=Target(org=None), details={"made": made})
    return int(made)


def unguarded() -> list[str]:
    """The tables of the log that lack one of their two triggers, or have it switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_unguarded()")
        return [name for (name,) in cursor.fetchall()]


def _partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
            "WHERE inhparent = 'public.audit_event'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}
