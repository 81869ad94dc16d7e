"""The end of a membership, with what hangs on it: tokens first, then grants, then the membership; all or nothing."""

from keyvault.actor import Actor
from keyvault.secrets.services.grants import end_grants_of
from orgs.models import Membership
from orgs.services import members
from tokens.services import revoke_tokens_of_member

CAUSE = "the membership ended"


def remove_member(*, actor: Actor, membership: Membership) -> Membership:
    """Raises NotAllowed, NotFound, and Conflict for the last owner. Tokens of services and CI live on."""
    return members.remove_member(actor=actor, membership=membership, cut_off=_cut_off)


def leave(*, actor: Actor) -> Membership:
    """The same, of oneself."""
    return members.leave(actor=actor, cut_off=_cut_off)


def _cut_off(actor: Actor, membership: Membership) -> None:
    revoke_tokens_of_member(actor=actor, membership=membership, cause=CAUSE)
    end_grants_of(actor, membership)
