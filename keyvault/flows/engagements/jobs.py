"""Ending an engagement that is over, and telling of one that soon will be."""

import datetime as dt
from uuid import UUID

from keyvault.actor import Actor, Role
from keyvault.errors import Unavailable
from keyvault.flows.engagements.due import END, TELL
from keyvault.flows.mail import send_mail
from keyvault.flows.offboarding import offboard_member
from keyvault.jobs.registry import handles
from orgs.models import Membership
from orgs.services.engagements import engagements_that_are_over

REASON = "the engagement is over"


@handles(END)
def end(*, actor: Actor, membership: str) -> None:
    """Nothing to do where it has ended, or where the last day was moved meanwhile."""
    over = engagements_that_are_over().filter(pk=UUID(membership)).first()
    if over is not None:
        offboard_member(actor=actor, membership=over, reason=REASON)


@handles(TELL)
def tell(*, actor: Actor, membership: str, ends_on: str) -> None:
    """To the person, and to owners and admins. Raises Unavailable, to be tried again, where no mail was taken."""
    rows = Membership.objects.acting().select_related("org", "user")
    leaver = rows.filter(pk=UUID(membership), ends_on=dt.date.fromisoformat(ends_on)).first()
    if leaver is None:
        return
    admins = rows.filter(org_id=leaver.org_id, role__in=[Role.OWNER, Role.ADMIN]).exclude(pk=leaver.pk)
    context = {"membership": leaver, "person": leaver.user, "organization": leaver.org.name}
    sent = [send_mail("orgs/email/last_day", to=leaver.user.email, context=context)]
    sent += [send_mail("orgs/email/last_day_of", to=admin.user.email, context=context) for admin in admins]
    if not any(sent):
        raise Unavailable("The mail server takes no mail.", rule="no-mail")
