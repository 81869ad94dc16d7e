"""Invitations as rows: found by the code of a link, held, closed."""

import datetime as dt

from django.utils import timezone

from audit.services import JSON
from keyvault.errors import Conflict, NotFound
from orgs.invitation_codes import code_digest
from orgs.models import Invitation, InvitationState, Membership
from orgs.querysets import InvitationQuerySet

EXPIRED_SHOWN = dt.timedelta(days=30)

_CLOSED = {
    InvitationState.ACCEPTED: "This invitation has been accepted.",
    InvitationState.DECLINED: "This invitation was declined.",
    InvitationState.WITHDRAWN: "This invitation was withdrawn.",
}


def find_by_code(code: str) -> Invitation | None:
    return find_by_digest(code_digest(code))


def find_by_digest(digest: bytes) -> Invitation | None:
    """Closed ones too, so that the person can be told."""
    return Invitation.objects.select_related("org", "inviter__user").filter(digest=digest).first()


def hold(invitation: Invitation) -> Invitation:
    """As it is now, locked until the transaction ends. A link that was replaced meanwhile finds nothing."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("org", "inviter__user")
    held = rows.filter(pk=invitation.pk, org_id=invitation.org_id, digest=invitation.digest).first()
    if held is None:
        raise NotFound
    return held


def close(invitation: Invitation, state: InvitationState, membership: Membership | None = None) -> None:
    invitation.state, invitation.closed_at, invitation.membership = state, timezone.now(), membership
    invitation.save(update_fields=["state", "closed_at", "membership"])


def long_expired_invitations() -> InvitationQuerySet:
    """Open by their row; their link has been of no use for a month."""
    rows = Invitation.objects.filter(state=InvitationState.OPEN, expires_at__lte=timezone.now() - EXPIRED_SHOWN)
    return rows.select_related("org")


def require_open(invitation: Invitation) -> None:
    """Raises Conflict for one that is closed or expired."""
    require_not_closed(invitation)
    if not invitation.open:
        remedy = "Ask for it to be sent again."
        raise Conflict("This invitation has expired.", rule="invitation-expired", remedy=remedy)


def require_not_closed(invitation: Invitation) -> None:
    if invitation.state != InvitationState.OPEN:
        sentence = _CLOSED[InvitationState(invitation.state)]
        raise Conflict(sentence, rule=f"invitation-{invitation.state}", remedy="Ask for a new one.")


def facts_of(invitation: Invitation) -> dict[str, JSON]:
    """For its events."""
    return {
        "role": invitation.role,
        "unit": invitation.unit,
        "ends_on": invitation.ends_on.isoformat() if invitation.ends_on else None,
        "expires_at": invitation.expires_at.isoformat(timespec="seconds"),
    }
