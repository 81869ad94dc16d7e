"""The end of one membership."""

from keyvault.actor import Actor
from keyvault.flows.offboarding.ending import end
from keyvault.flows.offboarding.rights import ByRole
from orgs.models import Membership, Source
from orgs.names import clean_note
from orgs.permissions import Action
from orgs.services.offboardings import REASON_LIMIT
from orgs.services.standing import own_membership


def offboard_member(
    *,
    actor: Actor,
    membership: Membership,
    successor: Membership | None = None,
    reason: str = "",
    ended_by: Source = Source.MANUAL,
) -> Membership:
    """Ends what reaches this organization, and nothing else. Tokens of services and CI jobs live on, and what the
    leaver owned goes to ``successor``, else to whom :func:`orgs.services.successors.successor_for` finds.

    In a session it takes a step-up. Raises NotAllowed, NotFound, Invalid, and Conflict for the last owner or a
    membership that has ended.
    """
    reason = clean_note(reason, field="reason", limit=REASON_LIMIT)
    return end(ByRole(actor), membership, successor=successor, reason=reason, ended_by=ended_by)


def leave(*, actor: Actor) -> Membership:
    """The same, of oneself."""
    return end(ByRole(actor, Action.LEAVE), own_membership(actor))
