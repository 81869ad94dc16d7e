"""The monthly review of an organization: a mail to owners and admins on what has grown old, wide or equal."""

import datetime as dt
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Value
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Unavailable
from keyvault.flows.mail import send_mail
from keyvault.flows.sweeps.facts import Review, review_of
from keyvault.flows.sweeps.mails import leading
from keyvault.flows.sweeps.noting import say_once, unsaid
from keyvault.flows.sweeps.steps import EachRow, Sweep
from keyvault.jobs.registry import handles
from keyvault.jobs.services import enqueue
from orgs.models import Membership, Organization

REVIEW = "organization:review"
TELL = "sweeps.tell-of-review"


def _due() -> QuerySet[Organization]:
    """Not in the month in which it was made."""
    first = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return unsaid(Organization.objects.filter(created_at__lt=first), REVIEW, about=Value(_month()))


def _review(actor: Actor, org: Organization) -> bool:
    return say_once(org.pk, REVIEW, org.pk, _month(), partial(_tell, actor, org))


def _tell(actor: Actor, org: Organization) -> None:
    month, members = _month(), list(leading(org.pk))
    details: dict[str, JSON] = {"month": month, "to": len(members), **review_of(org).counts}
    record(REVIEW, actor=actor, on=org.target, details=details)
    for membership in members:
        enqueue(TELL, arguments={"membership": str(membership.pk), "month": month}, author=None)


@handles(TELL)
def tell(*, actor: Actor, membership: str, month: str) -> None:
    """With what holds when the mail is written. Raises Unavailable where no mail is taken."""
    to = Membership.objects.acting().select_related("user", "org").filter(pk=UUID(membership)).first()
    if to is None or to.role not in ("owner", "admin"):
        return
    if not send_mail("sweeps/email/review", to=to.user.email, context=_context(to.org, month, review_of(to.org))):
        raise Unavailable("The mail server takes no mail.", rule="no-mail")


def _context(org: Organization, month: str, found: Review) -> dict[str, Any]:
    return {"organization": org.name, "slug": org.slug, "month": dt.date.fromisoformat(f"{month}-01"), "found": found}


def _month() -> str:
    return f"{timezone.now():%Y-%m}"


MONTHLY_REVIEW = Sweep(
    "monthly-review",
    "Writes to owners and admins once a month: unused tokens, exposure, shared production values, who reads production",
    dt.timedelta(hours=6),
    (EachRow("organizations", _due, _review),),
)
