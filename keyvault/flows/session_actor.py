"""Who acts in a browser session: the person, in the organization that the session has chosen."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from keyvault.actor import Actor
from keyvault.errors import NotAllowed, NotFound
from keyvault.flows.step_up import is_stepped_up
from keyvault.middleware import origin_of
from orgs.access import person_in
from orgs.decide import Rule
from orgs.models import Membership
from orgs.querysets import MembershipQuerySet

CHOSEN = "organization"
"""The session's key for the chosen organization's id."""


def memberships_of(request: HttpRequest) -> MembershipQuerySet:
    """The person's own, the oldest first."""
    mine = Membership.objects.acting().select_related("org", "user").order_by("joined_at")
    return mine.filter(user_id=request.user.pk) if isinstance(request.user, User) else mine.none()


def membership_of(request: HttpRequest) -> Membership:
    """The chosen organization's, else the oldest. Raises NotAllowed for a person who is in none."""
    mine = memberships_of(request)
    chosen = request.session.get(CHOSEN)
    found = (mine.filter(org_id=chosen).first() if chosen else None) or mine.first()
    if found is None:
        raise NotAllowed("You are in no organization.", rule=Rule.NO_ROLE, remedy="Ask an owner or admin to add you.")
    return found


def choose(request: HttpRequest, org_id: UUID) -> None:
    """From here on the session acts in that organization. Raises NotFound where the person is no member of it."""
    if not memberships_of(request).filter(org_id=org_id).exists():
        raise NotFound
    request.session[CHOSEN] = str(org_id)


def actor_for(request: HttpRequest, membership: Membership | None = None) -> Actor:
    """Raises NotAllowed as :func:`membership_of` does."""
    membership = membership or membership_of(request)
    return person_in(membership, origin=origin_of(request), stepped_up=is_stepped_up(request))
