"""Which organizations a browser session reaches, and from which addresses."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User
from audit.folding import count_refusal
from audit.services import JSON, Outcome, record
from keyvault.actor import Role
from keyvault.errors import NotAllowed
from keyvault.flows.browser_sessions import sso_org_of
from keyvault.flows.step_up import is_verified
from keyvault.middleware import origin_of
from keyvault.networks import admits
from orgs.access import person_in
from orgs.models import Membership, Organization
from orgs.querysets import MembershipQuerySet
from orgs.services.networks import roll_back_if_due

ENTER = "organization:enter"

NETWORK = "organization-network"
SSO = "single-sign-on-required"


def reached_by(request: HttpRequest, memberships: MembershipQuerySet) -> MembershipQuerySet:
    """A session of single sign-on reaches its own organization. Any other reaches those that do not insist on theirs.

    Owners break the glass with a second factor, so that a broken identity provider locks nobody out for good.
    """
    bound = sso_org_of(request)
    if bound:
        return memberships.filter(org_id=bound)
    open_to_all = Q(org__sso_enforced=False)
    return memberships.filter(open_to_all | Q(role=Role.OWNER) if is_verified(request) else open_to_all)


def speaks_for_one_of_several(request: HttpRequest, user: User) -> bool:
    """Whether one organization's provider vouches for somebody who is in others too.

    Such a sign-in is no proof for what opens the others as well: whoever runs that provider could add a passkey of
    their own to the account.
    """
    bound = sso_org_of(request)
    return bound is not None and Membership.objects.active().filter(user=user).exclude(org_id=bound).exists()


def require_admitted(request: HttpRequest, membership: Membership) -> None:
    """Raises NotAllowed from an address outside of the organization's networks, with an event, folded by the minute."""
    org, address = membership.org, origin_of(request).address
    roll_back_if_due(org)
    if not org.allowed_networks or admits(org.allowed_networks, address):
        return
    _record(request, membership)
    raise NotAllowed(
        f"{org.name} admits nobody from this address.",
        rule=NETWORK,
        remedy="Come from one of its networks; an owner can change them.",
        extra={"address": address},
    )


def names_of(bound: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """How the organizations are called that sessions are bound to, by their ids."""
    return {org.pk: org.name for org in Organization.objects.filter(pk__in=[each for each in bound if each])}


def sign_on_needed(memberships: MembershipQuerySet) -> NotAllowed:
    """What to raise where the person is a member, but this session does not reach there."""
    names = ", ".join(memberships.values_list("org__name", flat=True))
    return NotAllowed(
        f"This session does not reach {names}.", rule=SSO, remedy="Sign in the way that the organization asks for."
    )


def _record(request: HttpRequest, membership: Membership) -> None:
    actor = person_in(membership, origin=origin_of(request))
    fold = count_refusal(f"{ENTER}:{membership.pk}", NETWORK, actor.origin.address)
    if fold:
        details: dict[str, JSON] = {"count": fold.count, "block": fold.block}
        record(ENTER, actor=actor, on=membership.org.target, outcome=Outcome.DENIED, reason=NETWORK, details=details)
