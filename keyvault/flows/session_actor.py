"""Who acts in a browser session: the person, in the organization that the session has chosen."""

from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest

from accounts.models import User
from keyvault.actor import Actor
from keyvault.errors import NotAllowed, NotFound
from keyvault.flows.session_reach import reached_by, require_admitted, sign_on_needed
from keyvault.flows.step_up import is_stepped_up_in
from keyvault.middleware import origin_of
from orgs.access import person_in
from orgs.decide import Rule
from orgs.models import Membership
from orgs.querysets import MembershipQuerySet

CHOSEN = "organization"
"""The session's key for the chosen organization's id."""


def memberships_of(request: HttpRequest) -> MembershipQuerySet:
    """Those of the person that the session reaches, the oldest first."""
    return reached_by(request, all_memberships_of(request))


def all_memberships_of(request: HttpRequest) -> MembershipQuerySet:
    """Those as well that ask for a sign-in of their own."""
    mine = Membership.objects.acting().select_related("org", "user").order_by("joined_at")
    return mine.filter(user_id=request.user.pk) if isinstance(request.user, User) else mine.none()


def membership_of(request: HttpRequest) -> Membership:
    """The chosen organization's, else the oldest.

    Raises NotAllowed for a person who is in none, or in none that the session reaches, and from an address outside of
    the organization's networks.
    """
    mine = memberships_of(request)
    chosen = request.session.get(CHOSEN)
    found = (mine.filter(org_id=chosen).first() if chosen else None) or mine.first()
    if found is None:
        raise _in_none(request)
    require_admitted(request, found)
    return found


def membership_in(request: HttpRequest, slug: str) -> Membership:
    """That in the organization which an address names; from here on it is the chosen one.

    Raises NotFound for who is no member of it, NotAllowed where this session or this address does not reach it.
    """
    found = memberships_of(request).filter(org__slug=slug).first()
    if found is None:
        mine = all_memberships_of(request).filter(org__slug=slug)
        raise sign_on_needed(mine) if mine.exists() else NotFound()
    require_admitted(request, found)
    if request.session.get(CHOSEN) != str(found.org_id):
        request.session[CHOSEN] = str(found.org_id)
    return found


def choose(request: HttpRequest, org_id: UUID) -> bool:
    """From here on the session acts in that organization. Raises NotFound where the person is no member of it.

    False where the session does not reach it: then it has ended, and the next sign-in goes there.
    """
    if not all_memberships_of(request).filter(org_id=org_id).exists():
        raise NotFound
    reached = memberships_of(request).filter(org_id=org_id).exists()
    if not reached:
        logout(request)
    request.session[CHOSEN] = str(org_id)
    return reached


def actor_for(request: HttpRequest, membership: Membership | None = None) -> Actor:
    """Raises NotAllowed as :func:`membership_of` does."""
    membership = membership or membership_of(request)
    return person_in(membership, origin=origin_of(request), stepped_up=is_stepped_up_in(request, membership.org_id))


def _in_none(request: HttpRequest) -> NotAllowed:
    elsewhere = all_memberships_of(request)
    if elsewhere.exists():
        return sign_on_needed(elsewhere)
    return NotAllowed("You are in no organization.", rule=Rule.NO_ROLE, remedy="Ask an owner or admin to add you.")
