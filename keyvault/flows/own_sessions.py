"""Sessions as a token sees them: those of its own person that reach its organization, and no one else's."""

from django.db.models import Q, QuerySet

from accounts.models import BrowserSession
from accounts.services.sessions import end_session, live_sessions
from keyvault.actor import Actor, ActorType
from keyvault.errors import NotFound
from orgs.access import require
from orgs.models import Organization
from orgs.permissions import Action


def sessions_visible_to(actor: Actor) -> QuerySet[BrowserSession]:
    """A service has none."""
    if actor.type is not ActorType.PERSON or actor.id is None or actor.org_id is None:
        return BrowserSession.objects.none()
    return live_sessions().filter(Q(sso_org=None) | Q(sso_org=actor.org_id), user_id=actor.id)


def end_own_session(*, actor: Actor, org: Organization, session: BrowserSession | None) -> None:
    """Its next request is signed out. None is refused like a session, so that only who may end one learns of a lack.

    Raises NotAllowed and NotFound.
    """
    require(actor, Action.END_SESSION, org.target)
    if session is None:
        raise NotFound
    end_session(actor=actor, session=session)
