"""Ending a member's sessions from outside: a laptop is lost, or somebody else may sit at it."""

from django.db.models import Q, QuerySet

from accounts.models import BrowserSession
from accounts.services.sessions import ENDED_BY_OTHERS, end_each, sessions_of
from audit.services import record
from keyvault.actor import Actor, Role
from orgs.access import changing_rights
from orgs.models import Membership
from orgs.permissions import Action
from orgs.ranks import require_rank


def sessions_reaching(membership: Membership) -> QuerySet[BrowserSession]:
    """Those of the member that open this organization: bound to it, or bound to none where it lets such in.

    One that is bound to none opens the person's other organizations too.
    """
    unbound = not membership.org.sso_enforced or membership.role == Role.OWNER
    reaching = Q(sso_org=membership.org_id) | (Q(sso_org=None) if unbound else Q())
    return sessions_of(membership.user).filter(reaching)


def end_members_sessions(*, actor: Actor, membership: Membership) -> int:
    """How many. Their next request is signed out; whoever has the password, or what the provider asks, signs in again.

    In a session it takes a step-up. Raises NotAllowed, NotFound.
    """
    with changing_rights(actor, Action.END_MEMBERS_SESSIONS, membership.target) as held:
        require_rank(held, held=Role(membership.role), wanted=Role(membership.role))
        ended = end_each(actor=held, sessions=sessions_reaching(membership), cause=ENDED_BY_OTHERS)
        record(Action.END_MEMBERS_SESSIONS, actor=held, on=membership.target, details={"sessions": ended})
    return ended
