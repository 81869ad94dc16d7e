"""What the calendar asks for. Looked at every hour; each finding is a job, made once however often one looks."""

from uuid import UUID

from django.db import transaction

from keyvault.actor import system
from keyvault.jobs.models import Job, State
from keyvault.jobs.services import enqueue
from orgs.models import Membership
from orgs.services.engagements import (
    NOTICE_DAYS,
    engagements_that_are_over,
    engagements_to_announce,
    note_notice,
)

END = "engagements.end"
TELL = "engagements.tell"


def look_at_engagements() -> int:
    """Returns how many were found."""
    found = count_engagements()
    for membership in engagements_that_are_over():
        _end(membership.pk)
    for days in sorted(NOTICE_DAYS):  # the latest first: of two that are due at once one is sent
        for membership in engagements_to_announce(days):
            _announce(membership, days)
    return found


def count_engagements() -> int:
    return engagements_that_are_over().count() + sum(engagements_to_announce(days).count() for days in NOTICE_DAYS)


def _end(membership_id: UUID) -> None:
    arguments = {"membership": str(membership_id)}
    waiting = Job.objects.filter(kind=END, arguments=arguments, state__in=[State.QUEUED, State.RUNNING])
    if not waiting.exists():
        enqueue(END, arguments=arguments, author=None)


def _announce(membership: Membership, days: int) -> None:
    with transaction.atomic():
        if note_notice(actor=system("engagements"), membership=membership, days=days):
            arguments = {"membership": str(membership.pk), "ends_on": str(membership.ends_on)}
            enqueue(TELL, arguments=arguments, author=None)
