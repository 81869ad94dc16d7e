"""Platform roles: given and taken by super admins, by the command line, or by claims of the instance's own sign-on."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.access import INSTALLATION, may_operate, not_permitted, platform_roles_of, require_operator
from accounts.models import User
from accounts.platform import PlatformAct
from audit.services import JSON, Outcome, record
from keyvault.actor import Actor, ActorType, PlatformRole
from keyvault.errors import Conflict, NotAllowed, NotFound
from keyvault.target import Target

EVERYBODY = "*"
"""A claim value of a mapping that stands for whoever signs in."""

OWN_ROLE = "nobody-raises-their-own-role"
LAST_SUPER_ADMIN = "one-super-admin-at-least"

Roles = Collection[PlatformRole]


def set_platform_roles(*, actor: Actor, user: User, roles: Roles) -> User:
    """Exactly these from the person's next request on; without any the person is no operator.

    Nobody gives themselves a role. Raises NotAllowed, and Conflict for the last super admin and a closed account.
    """
    target = _about(user)
    require_operator(actor, PlatformAct.CHANGE_ROLES, target)
    try:
        with transaction.atomic(durable=True):
            held_actor, held = hold_operator(actor, PlatformAct.CHANGE_ROLES), _hold(user)
            before = platform_roles_of(held)
            _require_not_raised(held_actor, held, before, roles)
            _require_open_account(held, roles)
            _require_another_super_admin(held, before, roles)
            write_platform_roles(held_actor, held, frozenset(roles))
    except (NotAllowed, Conflict) as refused:
        outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
        record(PlatformAct.CHANGE_ROLES, actor=actor, on=target, outcome=outcome, reason=refused.rule)
        raise
    return held


def require_may_close(actor: Actor, user: User) -> None:
    """An operator's account is closed by super admins, and never that of the last one. Raises NotAllowed, Conflict."""
    roles = platform_roles_of(user)
    if roles and not may_operate(actor, PlatformAct.CHANGE_ROLES):
        raise not_permitted()
    _require_another_super_admin(user, roles, ())


def end_platform_roles(*, actor: Actor, user: User) -> None:
    """For the end of an account: in its transaction, which began with :func:`hold_roles`, before the account is closed.

    Raises as above.
    """
    require_may_close(actor, user)
    write_platform_roles(actor, user, frozenset())


def set_platform_roles_from_claims(
    *, actor: Actor, user: User, claims: Collection[str], mapping: Mapping[str, Roles]
) -> frozenset[PlatformRole]:
    """At each sign-in through the instance's own provider: the union of what ``mapping`` has for the person's claims.

    It wins over what was set by hand. Super admin comes of a claim that is named, never of :data:`EVERYBODY`. The last
    super admin is spared, and the event says so. ``actor`` is the product itself; returns the roles of now.
    """
    wanted = _mapped(claims, mapping)
    with transaction.atomic():
        hold_roles(actor)
        held = _hold(user)
        before = platform_roles_of(held)
        spared = _is_last_super_admin(held, before) and PlatformRole.SUPER_ADMIN not in wanted
        after = wanted | {PlatformRole.SUPER_ADMIN} if spared else wanted
        write_platform_roles(actor, held, after, {"source": "idp", "spared": spared})
    return after


def hold_roles(actor: Actor) -> Actor:
    """Lock the changes of platform roles until the transaction ends, and return the actor with its roles of now."""
    held, _ = Group.objects.get_or_create(name=PlatformRole.SUPER_ADMIN.value)
    Group.objects.select_for_update().get(pk=held.pk)
    if actor.type is not ActorType.PERSON or actor.id is None:
        return actor
    user = User.objects.filter(pk=actor.id).first()
    return replace(actor, platform_roles=platform_roles_of(user) if user else frozenset())


def hold_operator(actor: Actor, act: PlatformAct) -> Actor:
    """The same, for an act of an operator. Raises NotAllowed where the roles of now do not permit it any more."""
    held = hold_roles(actor)
    if not may_operate(held, act):
        raise not_permitted()
    return held


def write_platform_roles(
    actor: Actor, user: User, roles: frozenset[PlatformRole], details: Mapping[str, JSON] | None = None
) -> None:
    """The change and its event, for a caller that was allowed and began with :func:`hold_roles`.

    Without a difference there is no event. Groups of other names are none of ours and go.
    """
    before = platform_roles_of(user)
    if before == roles and user.is_staff == bool(roles):
        return
    user.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in sorted(roles)])
    user.is_staff = bool(roles)
    user.save(update_fields=["is_staff"])
    facts: dict[str, JSON] = {"from": sorted(before), "to": sorted(roles), **(details or {})}
    record(PlatformAct.CHANGE_ROLES, actor=actor, on=_about(user), details=facts)


def _hold(user: User) -> User:
    held = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    if held is None:
        raise NotFound
    return held


def _mapped(claims: Collection[str], mapping: Mapping[str, Roles]) -> frozenset[PlatformRole]:
    named = {role for claim in claims if claim != EVERYBODY for role in mapping.get(claim, ())}
    return frozenset(named | set(mapping.get(EVERYBODY, ())) - {PlatformRole.SUPER_ADMIN})


def _require_not_raised(actor: Actor, user: User, before: frozenset[PlatformRole], wanted: Roles) -> None:
    if actor.id == user.pk and not set(wanted) <= before:
        raise NotAllowed("Nobody raises their own role.", rule=OWN_ROLE, remedy="Another super admin can.")


def _require_open_account(user: User, wanted: Roles) -> None:
    if wanted and not user.is_active:
        raise Conflict("The person's account is closed.", rule="account-closed")


def _require_another_super_admin(user: User, before: frozenset[PlatformRole], wanted: Roles) -> None:
    if PlatformRole.SUPER_ADMIN not in wanted and _is_last_super_admin(user, before):
        raise Conflict(
            "The installation keeps one super admin at least.",
            rule=LAST_SUPER_ADMIN,
            remedy="Make somebody else super admin first.",
        )


def _is_last_super_admin(user: User, roles: frozenset[PlatformRole]) -> bool:
    others = User.objects.filter(is_active=True, is_staff=True, groups__name=PlatformRole.SUPER_ADMIN.value)
    return PlatformRole.SUPER_ADMIN in roles and not others.exclude(pk=user.pk).exists()


def _about(user: User) -> Target:
    return replace(INSTALLATION, about=user.ref)
