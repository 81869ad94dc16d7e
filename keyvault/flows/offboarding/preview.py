"""What an end would end, hand over and put on the list, before anybody decides it."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.services.sessions import sessions_of
from keyvault.actor import Actor
from keyvault.errors import Conflict
from keyvault.flows.looking import look
from keyvault.flows.offboarding.places import place_of
from keyvault.secrets.models import Grant
from keyvault.secrets.services.leaving import secrets_known_to, secrets_owned_by
from orgs.models import Invitation, Membership, Offboarding, OffboardingState
from orgs.permissions import Action
from orgs.services.standing import require_another_owner
from orgs.services.successors import successor_for
from tokens.models import AccessToken


@dataclass(frozen=True, slots=True)
class Preview:
    """Names, for people. ``refusal`` says why it cannot be; ``planned`` is an end that is planned already."""

    member: Membership
    tokens: Sequence[str]
    sessions: int
    grants: int
    teams: Sequence[str]
    invitations: Sequence[str]
    shared_tokens: Sequence[str]
    secrets: Sequence[str]
    known: Sequence[str]
    successor: Membership | None
    planned: Offboarding | None
    refusal: str


def preview_offboarding(*, actor: Actor, membership: Membership) -> Preview:
    """Raises NotAllowed and NotFound."""
    look(actor=actor, action=Action.PREVIEW_OFFBOARDING, on=membership.target)
    live = AccessToken.objects.live().order_by("name")
    open_invitations = Invitation.objects.open().filter(inviter=membership)
    successor, refusal = _successor(membership)
    return Preview(
        member=membership,
        tokens=tuple(live.filter(membership=membership).values_list("name", flat=True)),
        sessions=_sessions(membership),
        grants=Grant.objects.filter(membership=membership).count(),
        teams=tuple(membership.team_memberships.order_by("team__slug").values_list("team__name", flat=True)),
        invitations=tuple(open_invitations.values_list("email", flat=True)),
        shared_tokens=tuple(live.filter(keeper=membership).values_list("name", flat=True)),
        secrets=tuple(place_of(secret.target) for secret in secrets_owned_by(membership)),
        known=tuple(place_of(secret.target) for secret in secrets_known_to(membership)),
        successor=successor,
        planned=membership.offboardings.filter(state=OffboardingState.SCHEDULED).first(),
        refusal=refusal,
    )


def _successor(membership: Membership) -> tuple[Membership | None, str]:
    try:
        require_another_owner(membership)
        return successor_for(membership), ""
    except Conflict as refused:
        return None, f"{refused.detail} {refused.remedy}".strip()


def _sessions(membership: Membership) -> int:
    """A member of others keeps all but those of this organization's single sign-on."""
    live = sessions_of(membership.user)
    others = Membership.objects.active().filter(user_id=membership.user_id).exclude(org_id=membership.org_id)
    return (live.filter(sso_org=membership.org_id) if others.exists() else live).count()
