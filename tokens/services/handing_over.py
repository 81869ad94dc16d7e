"""Handing over what a member answered for: tokens that are no person's live on, and somebody else answers for them."""

from audit.services import record_many
from keyvault.actor import Actor
from orgs.models import Membership
from orgs.permissions import Action
from tokens.models import AccessToken
from tokens.services.standing import change_tokens, read_tokens


def hand_over_tokens(*, actor: Actor, membership: Membership, to: Membership, reason: str) -> list[AccessToken]:
    """For the end of a membership: in its transaction and by its permission, so that nothing is asked here."""
    tokens = read_tokens(AccessToken.objects.unrevoked().filter(org_id=membership.org_id, keeper=membership))
    if tokens:
        change_tokens(tokens, keeper=to)
        details = {"keeper": {"from": membership.user.email, "to": to.user.email}}
        targets = [token.target for token in tokens]
        record_many(Action.CHANGE_TOKEN, actor=actor, on=targets, reason=reason, details=details)
    return tokens
