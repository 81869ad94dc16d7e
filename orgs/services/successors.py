"""Who takes over what a leaver owned and answered for."""

from audit.services import JSON, record
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights
from orgs.models import Membership, Organization
from orgs.names import invalid
from orgs.permissions import Action
from orgs.services.standing import hold_membership


def successor_for(leaver: Membership, named: Membership | None = None) -> Membership:
    """Who is named; else the organization's default; else the owner of longest standing, so that there is somebody.

    Raises Invalid for a named one who cannot, and NotFound for another organization's member.
    """
    others = Membership.objects.acting().select_related("user", "org").filter(org_id=leaver.org_id)
    others = others.exclude(pk=leaver.pk)
    if named is not None:
        return _found(others.filter(pk=named.pk).first(), leaver, named)
    heir = others.filter(succeeds=True).first() or others.filter(role=Role.OWNER).order_by("joined_at").first()
    if heir is None:
        raise Conflict("There is nobody to take over.", rule="no-successor", remedy="Make somebody else owner first.")
    return heir


def set_default_successor(*, actor: Actor, org: Organization, to: Membership | None) -> Membership | None:
    """Who takes over from leavers where nobody is named; None: the owner of longest standing. No change, no event."""
    with changing_rights(actor, Action.CHANGE_MEMBER, to.target if to else org.target) as held:
        heir = hold_membership(to) if to else None
        if heir and not (heir.org_id == org.pk and heir.active and heir.user.is_active):
            raise invalid("successor", "The successor is an active member of the organization.")
        before = Membership.objects.select_related("user").filter(org=org, succeeds=True, ended_at=None).first()
        if before == heir:
            return heir
        Membership.objects.filter(org=org, succeeds=True).update(succeeds=False)
        if heir:
            heir.succeeds = True
            heir.save(update_fields=["succeeds"])
        names: JSON = {"from": _name(before), "to": _name(heir)}
        record(Action.CHANGE_MEMBER, actor=held, on=(heir or org).target, details={"default_successor": names})
    return heir


def _found(found: Membership | None, leaver: Membership, named: Membership) -> Membership:
    if named.org_id != leaver.org_id:
        raise NotFound
    if found is None:
        raise invalid("successor", "The successor is another active member of the organization.")
    return found


def _name(member: Membership | None) -> str | None:
    return member.user.email if member else None
