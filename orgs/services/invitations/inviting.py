"""Inviting a mail address, sending the invitation again, withdrawing it."""

import datetime as dt
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import record, record_many
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict
from orgs.access import changing_rights
from orgs.invitation_codes import code_digest, new_code
from orgs.models import Invitation, InvitationState, Membership, Organization
from orgs.names import clean_note, invalid
from orgs.permissions import Action
from orgs.ranks import require_rank
from orgs.services.invitations.rows import close, facts_of, hold, long_expired_invitations, require_not_closed
from orgs.services.members import require_last_day
from orgs.services.standing import own_membership

VALID = dt.timedelta(days=7)
MOST_A_DAY = 100
"""Of an organization: whoever may invite sends mail to anybody, in our name."""
SOONEST_AGAIN = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Invited:
    """``code`` goes into the link of the mail and is nowhere else."""

    invitation: Invitation
    code: str = field(repr=False)


def invite_person(
    *, actor: Actor, org: Organization, email: str, role: Role, unit: str = "", ends_on: dt.date | None = None
) -> Invited:
    """``ends_on`` is the engagement's last day (UTC). Raises Invalid, NotAllowed, and Conflict where the person is a
    member or invited already.
    """
    address, unit = _clean_address(email), clean_note(unit, field="unit")
    require_last_day(ends_on, role)
    with changing_rights(actor, Action.INVITE, org.target) as held:
        require_rank(held, wanted=role)
        _require_stranger(org, address)
        _require_room(org)
        invitation = Invitation(org=org, email=address, role=role, unit=unit, ends_on=ends_on)
        code = _send_by(invitation, own_membership(held))
        _insert(invitation)
        record(Action.INVITE, actor=held, on=invitation.target, details=facts_of(invitation))
    return Invited(invitation, code)


def resend_invitation(*, actor: Actor, invitation: Invitation) -> Invited:
    """With a new link, for seven days more; the one before works no longer. Whoever sends it again is the inviter."""
    with changing_rights(actor, Action.RESEND_INVITATION, invitation.target) as held:
        again = hold(invitation)
        require_not_closed(again)
        _require_pause(again)
        require_rank(held, wanted=Role(again.role))
        require_last_day(again.ends_on, Role(again.role))
        code = _send_by(again, own_membership(held))
        again.save(update_fields=["digest", "inviter", "sent_at", "expires_at"])
        record(Action.RESEND_INVITATION, actor=held, on=again.target, details=facts_of(again))
    return Invited(again, code)


def withdraw_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """The link works no longer. Expired ones can be withdrawn as well."""
    with changing_rights(actor, Action.WITHDRAW_INVITATION, invitation.target) as held:
        withdrawn = hold(invitation)
        require_not_closed(withdrawn)
        require_rank(held, wanted=Role(withdrawn.role))
        close(withdrawn, InvitationState.WITHDRAWN)
        record(Action.WITHDRAW_INVITATION, actor=held, on=withdrawn.target)
    return withdrawn


def withdraw_invitations_of(*, actor: Actor, membership: Membership) -> list[Invitation]:
    """Whom a leaver invited is invited by nobody.

    For the end of a membership: in its transaction and by its permission, so that nothing is asked here.
    """
    rows = Invitation.objects.filter(org_id=membership.org_id, inviter=membership, state=InvitationState.OPEN)
    sent = list(rows.select_related("org").order_by("pk"))
    for invitation in sent:
        close(invitation, InvitationState.WITHDRAWN)
    targets = [invitation.target for invitation in sent]
    record_many(Action.WITHDRAW_INVITATION, actor=actor, on=targets, reason="the inviter left")
    return sent


def end_expired_invitation(*, actor: Actor, invitation: Invitation) -> bool:
    """Closed as withdrawn, a month after its end. False where it was sent again or answered meanwhile."""
    with transaction.atomic():
        found = long_expired_invitations().select_for_update(of=("self",)).filter(pk=invitation.pk).first()
        if found is not None:
            close(found, InvitationState.WITHDRAWN)
            record(Action.WITHDRAW_INVITATION, actor=actor, on=found.target, reason="expired")
    return found is not None


def _clean_address(email: str) -> str:
    """Trimmed, in lower case. Raises Invalid."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise invalid("email", "A mail address is needed.") from None
    if len(address) > 254:
        raise invalid("email", "At most 254 characters.")
    return address


def _require_stranger(org: Organization, address: str) -> None:
    """An expired invitation makes room for a new one."""
    if Membership.objects.filter(org=org, user__email__iexact=address, ended_at=None).exists():
        raise Conflict("The person is a member already.", rule="already-a-member", extra={"field": "email"})
    late = Invitation.objects.filter(org=org, email=address, state=InvitationState.OPEN, expires_at__lte=timezone.now())
    for invitation in late:
        close(invitation, InvitationState.WITHDRAWN)


def _require_room(org: Organization) -> None:
    today = Invitation.objects.filter(org=org, sent_at__gt=timezone.now() - dt.timedelta(days=1))
    if today.count() >= MOST_A_DAY:
        raise Conflict(
            f"{MOST_A_DAY} invitations were sent within a day.", rule="too-many-invitations", remedy="Go on tomorrow."
        )


def _require_pause(invitation: Invitation) -> None:
    if invitation.sent_at > timezone.now() - SOONEST_AGAIN:
        raise Conflict("This invitation was sent just now.", rule="sent-just-now", remedy="Wait a minute.")


def _send_by(invitation: Invitation, inviter: Membership) -> str:
    code, now = new_code(), timezone.now()
    invitation.digest, invitation.inviter = code_digest(code), inviter
    invitation.sent_at, invitation.expires_at = now, now + VALID
    return code


def _insert(invitation: Invitation) -> None:
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            "This address is invited already.",
            rule="already-invited",
            remedy="Send that invitation again, or withdraw it.",
            extra={"field": "email"},
        ) from None
