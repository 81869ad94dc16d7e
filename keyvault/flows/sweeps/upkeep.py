"""The upkeep of the installation: engagements that end, months ahead for the log, and rows that nobody needs."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from accounts.services.sessions import count_old_sessions, forget_old_sessions
from accounts.services.sign_ins import count_old_sign_ins, forget_old_sign_ins
from audit.partitions import MONTHS_AHEAD, make_ahead, months_ahead
from gateway.acknowledgement import count_applied_changes, forget_applied_changes
from keyvault.flows.engagements.due import count_engagements, look_at_engagements
from keyvault.flows.sweeps.models import Notice, SweepRun
from keyvault.flows.sweeps.steps import AtOnce, Sweep
from keyvault.jobs.services import count_old_jobs, forget_old_jobs

_RUNS_KEPT = dt.timedelta(days=90)
_NOTICES_KEPT = dt.timedelta(days=400)


def _missing_months() -> int:
    return max(0, MONTHS_AHEAD - months_ahead())


def _count_old_notes() -> int:
    return _old_runs().count() + _old_notices().count()


def _forget_old_notes() -> int:
    return _old_runs().delete()[0] + _old_notices().delete()[0]


def _old_runs() -> QuerySet[SweepRun]:
    return SweepRun.objects.filter(began_at__lt=timezone.now() - _RUNS_KEPT)


def _old_notices() -> QuerySet[Notice]:
    """After more than a year a thing may be said again."""
    return Notice.objects.filter(at__lt=timezone.now() - _NOTICES_KEPT)


ENGAGEMENTS = Sweep(
    "engagements",
    "Tells of last days, and ends memberships whose last day is over",
    dt.timedelta(hours=1),
    (AtOnce("found", count_engagements, look_at_engagements),),
)

PARTITIONS = Sweep(
    "partitions",
    "Makes the audit log's months ahead",
    dt.timedelta(days=1),
    (AtOnce("months", _missing_months, make_ahead),),
)

HOUSEKEEPING = Sweep(
    "housekeeping",
    "Forgets sessions, sign-ins, jobs, runs of sweeps and changes for the gateway that are long over",
    dt.timedelta(days=1),
    (
        AtOnce("sessions", count_old_sessions, forget_old_sessions),
        AtOnce("sign_ins", count_old_sign_ins, forget_old_sign_ins),
        AtOnce("jobs", count_old_jobs, forget_old_jobs),
        AtOnce("notes", _count_old_notes, _forget_old_notes),
        AtOnce("gateway_changes", count_applied_changes, forget_applied_changes),
    ),
)
