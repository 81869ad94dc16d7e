"""Engagements that draw to their end: which are over, and of which last day notice is due."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from audit.services import record
from keyvault.actor import Actor
from orgs.models import Membership
from orgs.querysets import MembershipQuerySet

NOTICE = "engagement:notice"
NOTICE_DAYS = (14, 3)
"""Before the last day."""


def engagements_that_are_over() -> MembershipQuerySet:
    """Their last day was yesterday or earlier (UTC); they reach nothing any more, and are still to be ended."""
    return _with_last_day().filter(ends_on__lt=timezone.now().date())


def engagements_to_announce(days: int) -> MembershipQuerySet:
    """The last day is at most so many days away, and no notice as late as this has been sent."""
    today = timezone.now().date()
    soon = _with_last_day().filter(ends_on__gte=today, ends_on__lte=today + dt.timedelta(days=days))
    return soon.filter(Q(noticed_days=None) | Q(noticed_days__gt=days), user__is_active=True)


def note_notice(*, actor: Actor, membership: Membership, days: int) -> bool:
    """In the transaction that causes the mails. False where somebody else has noted it meanwhile, or the day moved."""
    due = engagements_to_announce(days).filter(pk=membership.pk, ends_on=membership.ends_on)
    if not due.update(noticed_days=days):
        return False
    record(NOTICE, actor=actor, on=membership.target, details={"ends_on": str(membership.ends_on), "days": days})
    return True


def _with_last_day() -> MembershipQuerySet:
    rows = Membership.objects.filter(ended_at=None, ends_on__isnull=False)
    return rows.select_related("org", "user").order_by("ends_on", "pk")
