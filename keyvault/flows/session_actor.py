"""Who acts in a browser session: the person, in the organization that the session has chosen."""

from django.http import HttpRequest

from accounts.models import User
from keyvault.actor import Actor
from keyvault.errors import NotAllowed
from keyvault.middleware import origin_of
from orgs.access import person_in
from orgs.decide import Rule
from orgs.models import Membership

CHOSEN = "organization"


def membership_of(request: HttpRequest) -> Membership:
    """The chosen organization's, else the oldest. Raises NotAllowed for a person who is in none."""
    user = request.user
    mine = Membership.objects.acting().select_related("org", "user").order_by("joined_at")
    mine = mine.filter(user_id=user.pk) if isinstance(user, User) else mine.none()
    chosen = request.session.get(CHOSEN)
    found = (mine.filter(org_id=chosen).first() if chosen else None) or mine.first()
    if found is None:
        raise NotAllowed("You are in no organisation.", rule=Rule.NO_ROLE, remedy="Ask an owner or admin to add you.")
    return found


def actor_for(request: HttpRequest) -> Actor:
    return person_in(membership_of(request), origin=origin_of(request))
