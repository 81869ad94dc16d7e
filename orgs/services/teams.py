"""Teams: named groups of members that hold grants together."""

from django.db import IntegrityError, transaction

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights, require_still
from orgs.models import Membership, Organization, Team, TeamMember
from orgs.names import clean_name, clean_slug, slugs_for
from orgs.permissions import Action
from orgs.reach import reads_protected_values
from orgs.services.standing import hold_membership


def create_team(*, actor: Actor, org: Organization, name: str, slug: str = "") -> Team:
    """Without ``slug`` it is made from the name. Raises Conflict where the organization has a team of that slug."""
    name = clean_name(name)
    slug = clean_slug(slug or next(slugs_for(name, otherwise="team")))
    with changing_rights(actor, Action.CREATE_TEAM, org.target) as held:
        team = _create(org, name, slug)
        record(Action.CREATE_TEAM, actor=held, on=team.target, details={"name": name})
    return team


def rename_team(*, actor: Actor, team: Team, name: str) -> Team:
    """The slug stays."""
    name = clean_name(name)
    with changing_rights(actor, Action.RENAME_TEAM, team.target) as held:
        before = _hold(team).name
        team.name = name
        team.save(update_fields=["name"])
        record(Action.RENAME_TEAM, actor=held, on=team.target, details={"from": before, "to": name})
    return team


def delete_team(*, actor: Actor, team: Team) -> None:
    """With it go its grants."""
    target = team.target
    with changing_rights(actor, Action.DELETE_TEAM, target) as held:
        locked = _hold(team)
        members = list(locked.team_members.order_by("added_at").values_list("membership__user__email", flat=True))
        locked.delete()
        record(Action.DELETE_TEAM, actor=held, on=target, details={"name": team.name, "members": members})


def add_to_team(*, actor: Actor, team: Team, membership: Membership) -> TeamMember:
    """Adding to a team that reads protected values gives those away, so it takes who may grant them."""
    with changing_rights(actor, Action.ADD_TO_TEAM, team.target) as held:
        locked, member = _hold(team), _member_for(team, membership)
        if reads_protected_values(locked):
            require_still(held, Action.GRANT_PRODUCTION_READ, team.target)
        joined = _add(locked, member)
        record(Action.ADD_TO_TEAM, actor=held, on=team.target, details=_who(member))
    return joined


def remove_from_team(*, actor: Actor, team: Team, membership: Membership) -> None:
    with changing_rights(actor, Action.REMOVE_FROM_TEAM, team.target) as held:
        removed, _ = TeamMember.objects.filter(team=_hold(team), membership=membership).delete()
        if not removed:
            raise Conflict("The person is not in the team.", rule="not-in-team")
        record(Action.REMOVE_FROM_TEAM, actor=held, on=team.target, details=_who(membership))


def _create(org: Organization, name: str, slug: str) -> Team:
    try:
        with transaction.atomic():
            return Team.objects.create(org=org, name=name, slug=slug)
    except IntegrityError:
        raise Conflict(f"There is a team {slug} already.", rule="slug-taken", extra={"field": "slug"}) from None


def _add(team: Team, member: Membership) -> TeamMember:
    try:
        with transaction.atomic():
            return TeamMember.objects.create(org=team.org, team=team, membership=member)
    except IntegrityError:
        raise Conflict("The person is in the team already.", rule="already-in-team") from None


def _hold(team: Team) -> Team:
    locked = Team.objects.select_for_update(of=("self",)).select_related("org").filter(pk=team.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _member_for(team: Team, membership: Membership) -> Membership:
    """Another organization's member does not exist here."""
    if membership.org_id != team.org_id:
        raise NotFound
    return hold_membership(membership)


def _who(member: Membership) -> dict[str, str]:
    return {"member": str(member.pk), "name": member.user.email}
