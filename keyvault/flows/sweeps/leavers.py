"""What leavers left behind, by whatever way they left: nothing of theirs works, and somebody answers for the rest."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef

from keyvault.actor import Actor
from keyvault.flows.offboarding.done import CAUSE
from keyvault.flows.sweeps.steps import EachRow, Sweep
from keyvault.secrets.models import Grant, Secret
from keyvault.secrets.services.grants import end_grants_of
from keyvault.secrets.services.leaving import hand_over_secrets
from orgs.access import hold_organization
from orgs.models import Membership
from orgs.querysets import MembershipQuerySet
from orgs.services.invitations import withdraw_invitations_of
from orgs.services.successors import successor_for
from tokens.models import AccessToken
from tokens.services import hand_over_tokens, revoke_tokens_of_member


def leavers_with_remains() -> MembershipQuerySet:
    """Memberships that have ended, and that a token, a grant, a secret or a shared token still names."""
    theirs = (
        AccessToken.objects.unrevoked().filter(membership=OuterRef("pk")),
        AccessToken.objects.unrevoked().filter(keeper=OuterRef("pk")),
        Secret.objects.filter(owner=OuterRef("pk")),
        Grant.objects.filter(membership=OuterRef("pk")),
    )
    remains = Exists(theirs[0]) | Exists(theirs[1]) | Exists(theirs[2]) | Exists(theirs[3])
    return Membership.objects.filter(remains, ended_at__isnull=False).select_related("org", "user")


def _tidy(actor: Actor, membership: Membership) -> bool:
    with transaction.atomic():
        hold_organization(membership.target)
        left = leavers_with_remains().filter(pk=membership.pk).first()
        if left is None:
            return False
        heir = successor_for(left)
        revoke_tokens_of_member(actor=actor, membership=left, cause=CAUSE)
        hand_over_tokens(actor=actor, membership=left, to=heir, reason=CAUSE)
        hand_over_secrets(actor=actor, membership=left, to=heir, reason=CAUSE)
        end_grants_of(actor, left)
        withdraw_invitations_of(actor=actor, membership=left)
    return True


LEAVERS = Sweep(
    "leavers",
    "Ends tokens and grants of memberships that have ended, and hands over what they owned",
    dt.timedelta(hours=6),
    (EachRow("tidied", leavers_with_remains, _tidy),),
)
