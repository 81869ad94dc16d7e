"""The end of one membership."""

from keyvault.actor import Actor
from keyvault.flows.offboarding.ending import end
from keyvault.flows.offboarding.rights import ByRole
from orgs.models import Membership
from orgs.names import clean_note
from orgs.permissions import Action
from orgs.services.standing import own_membership

REASON_LIMIT = 200  # characters


def offboard_member(
    *, actor: Actor, membership: Membership, successor: Membership | None = None, reason: str = ""
) -> Membership:
    """Ends what reaches this organization, and nothing else. Tokens of services and CI jobs live on.

    Raises NotAllowed, NotFound, Invalid, and Conflict for the last owner or a membership that has ended.
    """
    reason = clean_note(reason, field="reason", limit=REASON_LIMIT)
    return end(ByRole(actor), membership, reason=reason)


def leave(*, actor: Actor) -> Membership:
    """The same, of oneself."""
    return end(ByRole(actor, Action.LEAVE), own_membership(actor))
