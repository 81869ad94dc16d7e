"""What a person's groups make of them here: a role where a mapping says so, and the teams that the groups fill.

Of a set of people at once, with the same number of statements for one and for a thousand.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.services import record_many
from keyvault.actor import Actor, Role
from orgs.models import (
    Connection,
    DirectoryGroup,
    DirectoryGroupMember,
    Kind,
    Membership,
    Organization,
    RoleMapping,
    Source,
    Team,
    TeamMapping,
    TeamMember,
)
from orgs.permissions import Action
from orgs.ranks import rank

_GROUP_CLAIMS = frozenset({"group", "groups", "memberof", "member_of"})
_LEAST = Role.VIEWER
_BATCH = 250


@dataclass(frozen=True, slots=True)
class Mappings:
    """Of the organization's connections, as far as they are about groups. ``default`` is None where none is set."""

    roles: dict[str, Role]
    teams: dict[str, list[Team]]
    default: Role | None

    def role_of(self, groups: Iterable[DirectoryGroup]) -> Role | None:
        """The highest that a group is mapped to; None where none is."""
        mapped = [self.roles[name] for group in groups for name in _names(group) if name in self.roles]
        return max(mapped, key=rank, default=None)

    def teams_of(self, group: DirectoryGroup) -> list[Team]:
        """By mapping; the group's own team is not among them."""
        return [team for name in _names(group) for team in self.teams.get(name, ())]

    def names(self, group: DirectoryGroup) -> bool:
        return any(name in self.roles or name in self.teams for name in _names(group))


def mappings_of(org: Organization) -> Mappings:
    """A group answers to its name and to its id in the directory, as the two stand in the claims of a sign-in."""
    usable = Connection.objects.enabled().filter(org=org).exclude(kind=Kind.GITHUB)
    roles: dict[str, Role] = {}
    for rule in RoleMapping.objects.filter(connection__in=usable):
        if _is_about_groups(rule.claim):
            roles[rule.value] = max(Role(rule.role), roles.get(rule.value, _LEAST), key=rank)
    teams: dict[str, list[Team]] = {}
    for each in TeamMapping.objects.filter(connection__in=usable).select_related("team__org"):
        if _is_about_groups(each.claim):
            teams.setdefault(each.value, []).append(each.team)
    defaults = usable.exclude(default_role="").order_by("created_at").values_list("default_role", flat=True)
    first = defaults.first()
    return Mappings(roles, teams, Role(first) if first else None)


def first_role(mappings: Mappings, groups: Iterable[DirectoryGroup]) -> Role:
    """Of a person who becomes a member: the mapped role, else the connection's default, else the least."""
    return mappings.role_of(groups) or mappings.default or _LEAST


def settle(actor: Actor, org: Organization, person_ids: Collection[UUID]) -> None:
    """Gives these people (ids of the directory's rows) what their groups say. The caller holds the organization's row.

    Owners keep their role: only owners make and unmake them. So do members by hand whom no mapping names.
    """
    mappings = mappings_of(org)
    groups = _groups_by_user(org, person_ids)
    live = Membership.objects.filter(org=org, ended_at=None, user__directory_entries__in=person_ids).select_related(
        "org", "user"
    )
    members = list(live.order_by("pk"))
    _settle_roles(actor, mappings, members, groups)
    _settle_teams(actor, org, mappings, members, groups)


_Groups = dict[UUID, list[DirectoryGroup]]


def _settle_roles(actor: Actor, mappings: Mappings, members: Collection[Membership], groups: _Groups) -> None:
    changed: dict[tuple[str, Role], list[Membership]] = {}
    for member in members:
        wanted = _wanted_role(mappings, member, groups.get(member.user_id, []))
        if wanted is not None and member.role != wanted:
            changed.setdefault((member.role, wanted), []).append(member)
    for (before, wanted), some in changed.items():
        Membership.objects.filter(pk__in=[member.pk for member in some]).update(role=wanted, source=Source.SCIM)
        details = {"from": before, "to": str(wanted)}
        _record(Action.CHANGE_ROLE, actor, some, details)


def _wanted_role(mappings: Mappings, member: Membership, groups: Iterable[DirectoryGroup]) -> Role | None:
    """None: as it is."""
    if member.role == Role.OWNER or not mappings.roles:
        return None
    mapped = mappings.role_of(groups)
    if mapped is None and member.source == Source.SCIM:
        return mappings.default or _LEAST
    return mapped


def _settle_teams(
    actor: Actor, org: Organization, mappings: Mappings, members: Collection[Membership], groups: _Groups
) -> None:
    """Whoever is in a team by hand or by sign-on stays there: a directory takes back what it gave."""
    there = list(TeamMember.objects.filter(membership__in=members).select_related("team__org"))
    by_member: dict[UUID, dict[UUID, TeamMember]] = {}
    for row in there:
        by_member.setdefault(row.membership_id, {})[row.team_id] = row
    joining: dict[Team, list[Membership]] = {}
    leaving: dict[Team, list[Membership]] = {}
    for member in members:
        wanted = _wanted_teams(mappings, groups.get(member.user_id, []))
        has = by_member.get(member.pk, {})
        for team in wanted.values():
            if team.pk not in has:
                joining.setdefault(team, []).append(member)
        for row in has.values():
            if row.source == Source.SCIM and row.team_id not in wanted:
                leaving.setdefault(row.team, []).append(member)
    _leave(actor, leaving)
    _join(actor, org, joining)


def _wanted_teams(mappings: Mappings, groups: Iterable[DirectoryGroup]) -> dict[UUID, Team]:
    teams = [team for group in groups for team in mappings.teams_of(group)]
    own = [group.team for group in groups if group.team]
    return {team.pk: team for team in (*teams, *own)}


def _join(actor: Actor, org: Organization, joining: dict[Team, list[Membership]]) -> None:
    rows = [
        TeamMember(org=org, team=team, membership=member, source=Source.SCIM)
        for team, members in joining.items()
        for member in members
    ]
    TeamMember.objects.bulk_create(rows, batch_size=_BATCH)
    for team, members in joining.items():
        details = {"team": team.slug}
        _record(Action.ADD_TO_TEAM, actor, members, details)


def _leave(actor: Actor, leaving: dict[Team, list[Membership]]) -> None:
    for team, members in leaving.items():
        TeamMember.objects.filter(team=team, membership__in=members, source=Source.SCIM).delete()
        details = {"team": team.slug}
        _record(Action.REMOVE_FROM_TEAM, actor, members, details)


def _record(action: Action, actor: Actor, members: Sequence[Membership], details: dict[str, str]) -> None:
    """In batches: psycopg reads the thousands of placeholders of one statement slowly, and PostgreSQL takes 65,535."""
    for first in range(0, len(members), _BATCH):
        on = [member.target for member in members[first : first + _BATCH]]
        record_many(action, actor=actor, on=on, details=details)


def _groups_by_user(org: Organization, person_ids: Collection[UUID]) -> _Groups:
    rows = DirectoryGroupMember.objects.filter(org=org, person__in=person_ids, person__deleted_at=None)
    groups: _Groups = {}
    for row in rows.select_related("group__team__org", "person"):
        groups.setdefault(row.person.user_id, []).append(row.group)
    return groups


def _names(group: DirectoryGroup) -> tuple[str, ...]:
    return tuple(filter(None, (group.display_name, group.external_id)))


def _is_about_groups(claim: str) -> bool:
    """``groups``, ``memberOf``, ``http://schemas.…/claims/groups``."""
    return re.split("[:/.]", claim)[-1].lower() in _GROUP_CLAIMS
