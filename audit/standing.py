"""How the sealing of the log stands, for whoever asks whether the installation is well."""

import datetime as dt

from django.db import connection

from audit.models import Sealer
from audit.verifying import MERGE_DELAY
from keyvault.ids import uuid7_floor

_LATE = """
    SELECT EXISTS (
        SELECT FROM audit_event WHERE id BETWEEN %s AND %s
           AND NOT EXISTS (SELECT FROM audit_leaf WHERE audit_leaf.event_id = audit_event.id))
"""
_WINDOW = dt.timedelta(hours=1)  # a glance; the sealer itself looks further back


def notices() -> list[str]:
    """Sentences on what an operator should look at, though reading and writing work."""
    sealer = Sealer.objects.first()
    if sealer is not None and sealer.trouble:
        return [f"The sealer of the audit log: {sealer.trouble}"]
    if (sealer is not None and _is_fresh(sealer)) or not _is_late():
        return []
    if sealer is None:
        return ["No sealer has been at work: the audit log is not sealed; run manage.py sealer"]
    return [f"Events are not sealed: the sealer looked last at {sealer.looked_at:%Y-%m-%d %H:%M:%S} UTC"]


def _is_fresh(sealer: Sealer) -> bool:
    """It says so only when nothing was left to seal, so that asking on costs no search."""
    return sealer.looked_at > dt.datetime.now(dt.UTC) - MERGE_DELAY


def _is_late() -> bool:
    due = dt.datetime.now(dt.UTC) - MERGE_DELAY
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [uuid7_floor(due - _WINDOW), uuid7_floor(due)])
        (late,) = cursor.fetchone()
    return bool(late)
