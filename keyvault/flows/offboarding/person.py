"""The end of an account by operators: every membership of the person ends first, then nobody signs in to it."""

from django.db import transaction

from accounts.access import require_operator
from accounts.models import User
from accounts.platform import PlatformAct
from accounts.services.platform_roles import end_platform_roles, hold_roles, require_may_close
from accounts.services.sessions import end_sessions
from audit.services import Outcome, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotAllowed
from keyvault.flows.offboarding.ending import end
from keyvault.flows.offboarding.rights import ByOffice
from keyvault.target import Target
from orgs.models import Membership
from orgs.querysets import MembershipQuerySet
from orgs.services.standing import require_another_owner

REASON = "the account was closed"


def deactivate_person(*, actor: Actor, user: User) -> User:
    """Done twice, it does again what is left to do. Raises NotAllowed, and Conflict before anything has ended for
    somebody who is the last owner of an organization or the last super admin.
    """
    require_operator(actor, PlatformAct.DEACTIVATE_PERSON, _about(user))
    _require_no_last_one(actor, user)
    _end_all(actor, user)
    with transaction.atomic(durable=True):
        held = hold_roles(actor)
        closed = User.objects.select_for_update().get(pk=user.pk)
        end_platform_roles(actor=held, user=closed)
        if closed.is_active:
            closed.is_active = False
            closed.save(update_fields=["is_active"])
            record(PlatformAct.DEACTIVATE_PERSON, actor=actor, on=_about(closed))
        end_sessions(actor=actor, user=closed)
    _end_all(actor, user)  # what was joined meanwhile
    return closed


def reactivate_person(*, actor: Actor, user: User) -> User:
    """The person can sign in again. Nothing that ended comes back: no membership, no token."""
    require_operator(actor, PlatformAct.REACTIVATE_PERSON, _about(user))
    with transaction.atomic(durable=True):
        opened = User.objects.select_for_update().get(pk=user.pk)
        if opened.is_active:
            raise Conflict("The account is open.", rule="account-open")
        opened.is_active = True
        opened.save(update_fields=["is_active"])
        record(PlatformAct.REACTIVATE_PERSON, actor=actor, on=_about(opened))
    return opened


def _require_no_last_one(actor: Actor, user: User) -> None:
    """Neither of an organization's owners nor of the installation's super admins."""
    try:
        require_may_close(actor, user)
        for membership in _memberships(user):
            require_another_owner(membership)
    except (Conflict, NotAllowed) as refused:
        outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
        record(PlatformAct.DEACTIVATE_PERSON, actor=actor, on=_about(user), outcome=outcome, reason=refused.rule)
        raise


def _end_all(actor: Actor, user: User) -> None:
    for membership in _memberships(user):
        end(ByOffice(actor), membership, reason=REASON)


def _memberships(user: User) -> MembershipQuerySet:
    """Those whose last day is over are not ended yet."""
    return Membership.objects.filter(user=user, ended_at=None).select_related("org", "user").order_by("joined_at")


def _about(user: User) -> Target:
    return Target(org=None, about=user.ref)
