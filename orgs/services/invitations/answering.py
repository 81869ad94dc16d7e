"""What the invited person makes of an invitation. Whoever calls these has seen the code of its link."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.services import JSON, Outcome, record
from keyvault.actor import Actor, Origin, Role
from keyvault.errors import Conflict, NotAllowed
from orgs.access import hold_organization, person_in
from orgs.decide import decide
from orgs.models import Invitation, InvitationState, Membership
from orgs.permissions import Action
from orgs.ranks import require_rank
from orgs.services.invitations.rows import close, facts_of, hold, require_open
from orgs.services.members import join

ACCEPT = "invitation:accept"
DECLINE = "invitation:decline"


def accept_invitation(*, actor: Actor, invitation: Invitation, person: Callable[[], User]) -> Membership:
    """A member with the role of the invitation, once, and only while the inviter may give it.

    ``person`` gives or saves the user, inside the transaction and once everything else is sure. Raises NotAllowed for
    another address and for an inviter who may not invite any more, Conflict for one that is closed or expired.
    """
    with _answering(actor, invitation, ACCEPT) as held:
        _require_inviter(held)
        _require_time_left(held)
        user = person()
        if user.email.lower() != held.email:
            raise not_the_addressee()
        membership = join(held.org, user, role=Role(held.role), unit=held.unit, ends_on=held.ends_on)
        close(held, InvitationState.ACCEPTED, membership)
        details: dict[str, JSON] = {"invitation": str(held.pk), "invited_by": held.inviter.user.email, **facts_of(held)}
        record(ACCEPT, actor=person_in(membership, origin=actor.origin), on=membership.target, details=details)
    return membership


def decline_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """It takes no account to say no. Raises Conflict as :func:`accept_invitation` does."""
    with _answering(actor, invitation, DECLINE) as held:
        close(held, InvitationState.DECLINED)
        record(DECLINE, actor=actor, on=held.target)
    return held


def not_the_addressee() -> NotAllowed:
    """To be raised; the address is not told."""
    return NotAllowed(
        "This invitation is for another address.",
        rule="invitation-for-another-address",
        remedy="Sign in with the address that the mail came to.",
    )


@contextmanager
def _answering(actor: Actor, invitation: Invitation, action: str) -> Iterator[Invitation]:
    """The transaction of an answer, with the open invitation held: of two at once the second finds it closed."""
    try:
        with transaction.atomic(durable=True):
            hold_organization(invitation.target)
            held = hold(invitation)
            require_open(held)
            yield held
    except (NotAllowed, Conflict) as refused:
        outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
        record(action, actor=actor, on=invitation.target, outcome=outcome, reason=refused.rule)
        raise


def _require_inviter(invitation: Invitation) -> None:
    """What the inviter may do is asked of now, not of when the mail was sent."""
    inviter = Membership.objects.acting().select_related("org", "user").filter(pk=invitation.inviter_id).first()
    if inviter is None or not _may_give(inviter, Role(invitation.role)):
        raise NotAllowed(
            "Whoever sent this invitation may not give this role any more.",
            rule="inviter-may-not-invite",
            remedy="Ask for a new one.",
        )


def _require_time_left(invitation: Invitation) -> None:
    if invitation.ends_on and invitation.ends_on < timezone.now().date():
        raise Conflict("The engagement is over.", rule="engagement-over", remedy="Ask for a new invitation.")


def _may_give(inviter: Membership, role: Role) -> bool:
    actor = person_in(inviter, origin=Origin(), stepped_up=True)  # asked for when it was sent
    try:
        require_rank(actor, wanted=role)
    except NotAllowed:
        return False
    return decide(Action.INVITE, actor=actor, target=inviter.org.target).allowed
