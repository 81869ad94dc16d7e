"""Memberships as they are now, locked, and the owner that an organization keeps."""

from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotFound
from orgs.decide import Rule
from orgs.models import Membership


def hold_membership(membership: Membership) -> Membership:
    """Read again and locked until the transaction ends. Raises Conflict when it has ended."""
    rows = Membership.objects.select_for_update(of=("self",)).select_related("org", "user")
    locked = rows.filter(org_id=membership.org_id, pk=membership.pk).first()
    if locked is None:
        raise NotFound
    if locked.ended_at:
        raise Conflict("The membership has ended.", rule="membership-ended")
    return locked


def own_membership(actor: Actor) -> Membership:
    """Raises NotFound for an actor who is no member: a service identity, the system."""
    if actor.membership_id is None:
        raise NotFound
    return Membership.objects.select_related("org", "user").get(pk=actor.membership_id)


def require_another_owner(leaving: Membership) -> None:
    """Raises Conflict where nobody else owns the organization. The caller holds the organization's row.

    The database asks once more at commit: ``one_owner_at_least``.
    """
    owners = Membership.objects.acting().filter(org_id=leaving.org_id, role=Role.OWNER)
    if leaving.role == Role.OWNER and not owners.exclude(pk=leaving.pk).exists():
        raise Conflict(
            "An organization keeps one owner at least.",
            rule=Rule.LAST_OWNER,
            remedy="Make somebody else owner first.",
        )
