"""Groups of the directory: each fills a team of its name, or what the mappings say of it."""

from collections.abc import Callable, Collection
from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict
from keyvault.flows.scim.facts import GroupFacts
from keyvault.flows.scim.reading import find_group, people_of
from keyvault.flows.scim.settling import mappings_of, settle
from orgs.access import changing_rights
from orgs.models import DirectoryGroup, DirectoryGroupMember, DirectoryPerson, Organization, Team
from orgs.names import NAME_LIMIT, clean_name, invalid, slugs_for
from orgs.permissions import Action
from orgs.reach import reads_protected_values

CREATE = "directory-group:create"
CHANGE = "directory-group:change"
REMOVE = "directory-group:remove"

_BATCH = 250  # rows in a statement: psycopg reads thousands of placeholders slowly

Edit = Callable[[GroupFacts], GroupFacts]
"""What a request makes of the facts as they are, locked."""


def create_group(*, actor: Actor, org: Organization, facts: GroupFacts) -> UUID:
    """Raises Invalid, and Conflict for a name that a group has, or a team that the directory may not fill."""
    facts = facts.cleaned()
    with changing_rights(actor, Action.CREATE_TEAM, org.target) as held:
        if DirectoryGroup.objects.filter(org=org, display_name__iexact=facts.display_name).exists():
            raise Conflict("There is a group of this name already.", rule="group-exists")
        group = DirectoryGroup(org=org, display_name=facts.display_name, external_id=facts.external_id)
        if not mappings_of(org).names(group):
            group.team = _team_for(held, org, facts.display_name)
        group.save(force_insert=True)
        entries = _entries(held, org, facts.members)
        _put_in(group, entries)
        details = {"members": len(entries), "team": group.team.slug if group.team else None}
        record(CREATE, actor=held, on=group.target, details=details)
        settle(held, org, [entry.pk for entry in entries])
    return group.pk


def change_group(*, actor: Actor, org: Organization, group_id: UUID, edit: Edit) -> None:
    """Without a difference there is no event. Raises NotFound, Invalid, Conflict."""
    find_group(actor, group_id, with_people=False)
    with changing_rights(actor, Action.ADD_TO_TEAM, org.target) as held:
        before = find_group(held, group_id).facts
        wanted = edit(before).cleaned()
        if wanted == before:
            return
        group = (
            DirectoryGroup.objects.select_for_update(of=("self",)).select_related("org", "team__org").get(pk=group_id)
        )
        _rename(held, group, wanted)
        joined = _entries(held, org, wanted.members - before.members)
        _put_in(group, joined)
        left = list(DirectoryPerson.objects.filter(org=org, user__in=before.members - wanted.members))
        group.members.filter(person__in=left).delete()
        record(CHANGE, actor=held, on=group.target, details=_changes(before, wanted))
        settle(held, org, _whom(group, before, wanted, [*joined, *left]))


def remove_group(*, actor: Actor, org: Organization, group_id: UUID) -> None:
    """Its people leave the teams that it filled. The team stays with its grants: unassigning by mistake loses none."""
    find_group(actor, group_id, with_people=False)
    with changing_rights(actor, Action.REMOVE_FROM_TEAM, org.target) as held:
        group = DirectoryGroup.objects.select_for_update(of=("self",)).select_related("org").get(pk=group_id)
        people = list(group.members.values_list("person", flat=True))
        target = group.target
        group.members.all().delete()
        group.delete()
        record(REMOVE, actor=held, on=target, details={"members": len(people)})
        settle(held, org, people)


def apply_mappings(*, actor: Actor, org: Organization) -> None:
    """Gives everybody whom the directory knows what the mappings of now say: it does not speak of people again because
    a mapping was changed. For who may map claims; each change of a role or a team is an event.
    """
    with changing_rights(actor, Action.MAP_CLAIM, org.target) as held:
        known = DirectoryPerson.objects.filter(org=org, deleted_at=None)
        settle(held, org, list(known.values_list("pk", flat=True)))


def _team_for(actor: Actor, org: Organization, name: str) -> Team:
    """The team of this name, unless it opens protected values: those are an owner's to give, not a name's."""
    name = clean_name(name[:NAME_LIMIT])
    there = Team.objects.select_related("org").filter(org=org, name__iexact=name).order_by("created_at").first()
    if there is None:
        return _new_team(actor, org, name)
    if reads_protected_values(there) or there.directory_groups.exists():
        raise Conflict(
            f"There is a team {there.slug} that a directory does not fill by name.",
            rule="team-not-free",
            remedy="It reads protected values, or another group fills it. Map the group to a team, or rename one.",
        )
    return there


def _new_team(actor: Actor, org: Organization, name: str) -> Team:
    taken = set(Team.objects.filter(org=org).values_list("slug", flat=True))
    slug = next(slug for slug in slugs_for(name, otherwise="team") if slug not in taken)
    team = Team.objects.create(org=org, name=name, slug=slug)
    record(Action.CREATE_TEAM, actor=actor, on=team.target, details={"name": name})
    return team


def _rename(actor: Actor, group: DirectoryGroup, wanted: GroupFacts) -> None:
    """The group's own team is renamed with it; its slug stays."""
    before = group.display_name
    others = DirectoryGroup.objects.filter(org=group.org, display_name__iexact=wanted.display_name)
    if others.exclude(pk=group.pk).exists():
        raise Conflict("There is a group of this name already.", rule="group-exists")
    group.display_name, group.external_id = wanted.display_name, wanted.external_id
    group.changed_at = timezone.now()
    group.save(update_fields=["display_name", "external_id", "changed_at"])
    if group.team and before != wanted.display_name:
        name = clean_name(wanted.display_name[:NAME_LIMIT])
        details: dict[str, JSON] = {"from": group.team.name, "to": name}
        group.team.name = name
        group.team.save(update_fields=["name"])
        record(Action.RENAME_TEAM, actor=actor, on=group.team.target, details=details)


def _entries(actor: Actor, org: Organization, user_ids: Collection[UUID]) -> list[DirectoryPerson]:
    """The directory's rows of these people; made for members by hand, whom it names for the first time.

    Raises Invalid where one of them is nobody that the directory sees.
    """
    seen = {row["id"]: row["user_name"] for row in people_of(actor).filter(pk__in=user_ids)}
    if unknown := set(user_ids) - set(seen):
        raise invalid("members.value", f"Here is no user {min(unknown)}.")
    there = set(
        DirectoryPerson.objects.filter(org=org, user__in=user_ids, deleted_at=None).values_list("user", flat=True)
    )
    missing = [user_id for user_id in user_ids if user_id not in there]
    DirectoryPerson.objects.filter(org=org, user__in=missing).update(deleted_at=None)
    rows = [DirectoryPerson(org=org, user_id=user_id, user_name=seen[user_id]) for user_id in missing]
    DirectoryPerson.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return list(DirectoryPerson.objects.filter(org=org, user__in=user_ids))


def _put_in(group: DirectoryGroup, entries: Collection[DirectoryPerson]) -> None:
    rows = [DirectoryGroupMember(org=group.org, group=group, person=entry) for entry in entries]
    DirectoryGroupMember.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)


def _whom(
    group: DirectoryGroup, before: GroupFacts, wanted: GroupFacts, moved: Collection[DirectoryPerson]
) -> list[UUID]:
    """Everybody in the group where its name or id changed: a mapping may now say something else of them."""
    people = {entry.pk for entry in moved}
    if replace(before, members=frozenset()) != replace(wanted, members=frozenset()):
        people |= set(group.members.values_list("person", flat=True))
    return list(people)


def _changes(before: GroupFacts, wanted: GroupFacts) -> dict[str, JSON]:
    changes: dict[str, JSON] = {
        "joined": len(wanted.members - before.members),
        "left": len(before.members - wanted.members),
    }
    for field in ("display_name", "external_id"):
        if getattr(before, field) != getattr(wanted, field):
            changes[field] = {"from": getattr(before, field), "to": getattr(wanted, field)}
    return changes
