"""Asking the matrix of platform roles: who an operator is, and the event of a refusal."""

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.platform import PlatformAct, permits
from audit.services import Outcome, record_many
from keyvault.actor import Actor, ActorType, Origin, PlatformRole
from keyvault.errors import NotAllowed
from keyvault.target import Target

RULE = "platform-role-forbids"
INSTALLATION = Target(org=None)

_NAMES = frozenset(PlatformRole)


def operator(user: User, *, origin: Origin) -> Actor:
    """The actor that a person is in the admin: in no organization, with the platform roles of now."""
    return Actor(
        type=ActorType.PERSON, id=user.pk, name=user.email, origin=origin, platform_roles=platform_roles_of(user)
    )


def platform_roles_of(user: User) -> frozenset[PlatformRole]:
    """None for an account that is closed or not staff; groups of other names count for nothing."""
    if not (user.is_active and user.is_staff):
        return frozenset()
    names = Group.objects.filter(user=user, name__in=_NAMES).values_list("name", flat=True)
    return frozenset(map(PlatformRole, names))


def require_operator(actor: Actor, act: PlatformAct, *on: Target) -> None:
    """Return where a platform role of the actor, or being the product itself, permits ``act``.

    Else record the refusal, once for each target, and raise NotAllowed. Stands before the service's transaction.
    """
    if not may_operate(actor, act):
        record_many(act, actor=actor, on=on or [INSTALLATION], outcome=Outcome.DENIED, reason=RULE)
        raise not_permitted()


def may_operate(actor: Actor, act: PlatformAct) -> bool:
    """A token never carries a platform role, whoever holds it."""
    if actor.type is ActorType.SYSTEM:
        return True
    return actor.type is ActorType.PERSON and actor.token is None and permits(actor.platform_roles, act)


def not_permitted() -> NotAllowed:
    return NotAllowed("No platform role of yours permits this.", rule=RULE, remedy="A super admin can give the role.")
