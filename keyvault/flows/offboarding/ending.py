"""The steps of an end. What must not live on goes first and is committed, so that a later failure leaves it dead."""

from keyvault.flows.offboarding.rights import Right
from keyvault.secrets.services.grants import end_grants_of
from orgs.models import Membership
from orgs.services.members import end_membership
from orgs.services.standing import hold_membership, require_another_owner
from tokens.services import revoke_tokens_of_member

CAUSE = "the membership ended"


def end(by: Right, membership: Membership, *, reason: str = "") -> Membership:
    """Tokens; then grants and the membership together. Raises NotAllowed, NotFound, and Conflict for the last owner.

    Begun again after a failure it goes on where it stopped.
    """
    _revoke_tokens(by, membership)
    with by.changing(membership.target) as held:
        member = hold_membership(membership)
        by.require(held, member)
        end_grants_of(held, member)
        return end_membership(actor=held, membership=member, action=by.action, reason=reason)


def _revoke_tokens(by: Right, membership: Membership) -> None:
    with by.changing(membership.target) as held:
        member = hold_membership(membership)
        by.require(held, member)
        require_another_owner(member)
        revoke_tokens_of_member(actor=held, membership=member, cause=CAUSE)
