"""Adding people to an organization, changing what they are in it, and ending their membership."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.services import JSON, record
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotAllowed
from orgs.access import changing_rights
from orgs.decide import Rule
from orgs.models import Membership, Organization, Source, TeamMember
from orgs.names import clean_note, invalid
from orgs.permissions import Action
from orgs.ranks import require_rank
from orgs.services.standing import hold_membership, require_another_owner


def add_member(
    *,
    actor: Actor,
    org: Organization,
    person: User,
    role: Role,
    unit: str = "",
    ends_on: dt.date | None = None,
) -> Membership:
    """A person who has an account becomes a member; ``ends_on`` is the engagement's last day (UTC).

    Who was a member before gets a new membership, without the old one's teams, grants and tokens.
    """
    unit = clean_note(unit, field="unit")
    require_last_day(ends_on, role)
    with changing_rights(actor, Action.ADD_MEMBER, replace(org.target, about=person.ref)) as held:
        require_rank(held, wanted=role)
        membership = join(org, person, role=role, unit=unit, ends_on=ends_on)
        details: dict[str, JSON] = {"role": role, "unit": unit, "ends_on": _day(ends_on)}
        record(Action.ADD_MEMBER, actor=held, on=membership.target, details=details)
    return membership


def change_role(*, actor: Actor, membership: Membership, role: Role) -> Membership:
    """Works from the member's next request. Without a difference there is no event."""
    with changing_rights(actor, Action.CHANGE_ROLE, membership.target) as held:
        member = hold_membership(membership)
        before = Role(member.role)
        require_rank(held, held=before, wanted=role, own=_is_own(held, member))
        if role is before:
            return member
        require_last_day(member.ends_on, role)
        require_another_owner(member)
        member.role = role
        member.save(update_fields=["role"])
        record(Action.CHANGE_ROLE, actor=held, on=member.target, details={"from": before, "to": role})
    return member


def set_unit(*, actor: Actor, membership: Membership, unit: str) -> Membership:
    """The organizational unit: a label for people, without effect on rights."""
    unit = clean_note(unit, field="unit")
    with changing_rights(actor, Action.CHANGE_MEMBER, membership.target) as held:
        member = hold_membership(membership)
        require_rank(held, held=Role(member.role), wanted=Role(member.role))
        details: dict[str, JSON] = {"unit": {"from": member.unit, "to": unit}}
        member.unit = unit
        member.save(update_fields=["unit"])
        record(Action.CHANGE_MEMBER, actor=held, on=member.target, details=details)
    return member


def set_last_day(*, actor: Actor, membership: Membership, ends_on: dt.date | None) -> Membership:
    """The engagement's last day (UTC), or None for one without end; nobody extends their own."""
    with changing_rights(actor, Action.CHANGE_MEMBER, membership.target) as held:
        member = hold_membership(membership)
        require_rank(held, held=Role(member.role), wanted=Role(member.role))
        require_last_day(ends_on, Role(member.role))
        if _is_own(held, member) and _is_later(ends_on, member.ends_on):
            raise NotAllowed("Nobody extends their own engagement.", rule=Rule.OWN_ROLE, remedy="Another admin can.")
        details: dict[str, JSON] = {"ends_on": {"from": _day(member.ends_on), "to": _day(ends_on)}}
        member.ends_on, member.noticed_days = ends_on, None
        member.save(update_fields=["ends_on", "noticed_days"])
        record(Action.CHANGE_MEMBER, actor=held, on=member.target, details=details)
    return member


def end_membership(
    *,
    actor: Actor,
    membership: Membership,
    action: Action,
    reason: str = "",
    ended_by: Source = Source.MANUAL,
    details: Mapping[str, JSON] | None = None,
) -> Membership:
    """For good. For the road that ends what hangs on it first: in its transaction and by its permission.

    The caller holds the row. Raises Conflict for the last owner.
    """
    require_another_owner(membership)
    TeamMember.objects.filter(membership=membership).delete()
    membership.ended_at, membership.ended_by, membership.succeeds = timezone.now(), ended_by, False
    membership.save(update_fields=["ended_at", "ended_by", "succeeds"])
    record(
        action, actor=actor, on=membership.target, reason=reason, details={"role": membership.role, **(details or {})}
    )
    return membership


def join(org: Organization, person: User, *, role: Role, unit: str, ends_on: dt.date | None) -> Membership:
    """The row, for a caller that was allowed and holds the organization's.

    Raises Conflict for a member and for a closed account.
    """
    if not person.is_active:
        raise Conflict("The person's account is closed.", rule="account-closed")
    try:
        with transaction.atomic():
            return Membership.objects.create(org=org, user=person, role=role, unit=unit, ends_on=ends_on)
    except IntegrityError:
        raise Conflict("The person is a member already.", rule="already-a-member") from None


def require_last_day(ends_on: dt.date | None, role: Role) -> None:
    """Raises Invalid for a day that is over, or for an owner."""
    if ends_on and role is Role.OWNER:
        raise invalid("ends_on", "An owner's engagement has no last day.")
    if ends_on and ends_on < timezone.now().date():
        raise invalid("ends_on", "The last day is today or later; to end it now, remove the member.")


def _is_own(actor: Actor, member: Membership) -> bool:
    return actor.membership_id == member.pk


def _is_later(day: dt.date | None, than: dt.date | None) -> bool:
    return than is not None and (day is None or day > than)


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
