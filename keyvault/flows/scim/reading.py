"""Whom and what the directory of an organization sees: its members, and whoever it has written about itself."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.flows.scim.facts import KnownGroup, KnownPerson, PersonFacts
from keyvault.target import Ref
from orgs.models import DirectoryGroup, DirectoryGroupMember

_FIELDS = (
    "id",
    "email",
    "name",
    "user_name",
    "external_id",
    "given_name",
    "family_name",
    "unit",
    "works",
    "known_since",
    "changed_at",
)


def people_of(actor: Actor) -> QuerySet[Any, Any]:
    """One row for each person, with the names of :data:`_FIELDS` to filter by. No other organization's."""
    live = FilteredRelation("memberships", condition=Q(memberships__org=actor.org_id, memberships__ended_at=None))
    of_this = Q(directory_entries__org=actor.org_id, directory_entries__deleted_at=None)
    entry = FilteredRelation("directory_entries", condition=of_this)
    current = Q(live__ends_on=None) | Q(live__ends_on__gte=timezone.now().date())
    works = Q(live__id__isnull=False) & current & Q(is_active=True)
    rows = User.objects.annotate(live=live, entry=entry).filter(Q(live__id__isnull=False) | Q(entry__id__isnull=False))
    named: QuerySet[Any, Any] = rows.annotate(
        user_name=Coalesce("entry__user_name", "email", output_field=CharField()),
        external_id=Coalesce("entry__external_id", Value("")),
        given_name=Coalesce("entry__given_name", Value("")),
        family_name=Coalesce("entry__family_name", Value("")),
        unit=Coalesce("live__unit", Value("")),
        works=ExpressionWrapper(works, output_field=BooleanField()),
        known_since=Coalesce("entry__created_at", "live__joined_at"),
        changed_at=Coalesce("entry__changed_at", "live__joined_at"),
    )
    columns: QuerySet[Any, Any] = named.order_by("pk").values(*_FIELDS)
    return columns


def known_people(actor: Actor, rows: Iterable[Mapping[str, Any]]) -> list[KnownPerson]:
    """With their groups, in one statement for all."""
    found = list(rows)
    groups = _groups_of(actor, [row["id"] for row in found])
    return [_known_person(row, groups.get(row["id"], ())) for row in found]


def find_person(actor: Actor, user_id: UUID) -> KnownPerson:
    """Raises NotFound, for a person of another organization too."""
    found = known_people(actor, people_of(actor).filter(pk=user_id))
    if not found:
        raise NotFound("Here is no such user.")
    return found[0]


def groups_of(actor: Actor) -> QuerySet[DirectoryGroup]:
    return DirectoryGroup.objects.visible_to(actor).order_by("pk")


def known_groups(rows: Iterable[DirectoryGroup], *, with_people: bool = True) -> list[KnownGroup]:
    """The members of all in one statement."""
    groups = list(rows)
    people = _people_in([group.pk for group in groups]) if with_people else {}
    return [
        KnownGroup(
            group.pk,
            group.display_name,
            group.external_id,
            group.created_at,
            group.changed_at,
            tuple(people.get(group.pk, ())),
        )
        for group in groups
    ]


def find_group(actor: Actor, group_id: UUID, *, with_people: bool = True) -> KnownGroup:
    """Raises NotFound."""
    found = known_groups(groups_of(actor).filter(pk=group_id), with_people=with_people)
    if not found:
        raise NotFound("Here is no such group.")
    return found[0]


def _known_person(row: Mapping[str, Any], groups: Collection[Ref]) -> KnownPerson:
    facts = PersonFacts(
        user_name=row["user_name"],
        address=row["email"].lower(),
        name=row["name"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        unit=row["unit"],
        external_id=row["external_id"],
        active=row["works"],
    )
    return KnownPerson(row["id"], facts, row["known_since"], row["changed_at"], tuple(groups))


def _groups_of(actor: Actor, user_ids: Collection[UUID]) -> dict[UUID, list[Ref]]:
    rows = DirectoryGroupMember.objects.filter(org=actor.org_id, person__user__in=user_ids).order_by("group_id")
    groups: dict[UUID, list[Ref]] = {}
    for user_id, group_id, name in rows.values_list("person__user", "group", "group__display_name"):
        groups.setdefault(user_id, []).append(Ref(group_id, name))
    return groups


def _people_in(group_ids: Collection[UUID]) -> dict[UUID, list[Ref]]:
    rows = DirectoryGroupMember.objects.filter(group__in=group_ids, person__deleted_at=None)
    named: QuerySet[Any, Any] = rows.annotate(user=F("person__user"), called=F("person__user_name")).order_by("user")
    people: dict[UUID, list[Ref]] = {}
    for group_id, user_id, name in named.values_list("group", "user", "called"):
        people.setdefault(group_id, []).append(Ref(user_id, name))
    return people
