"""People as the directory has them: created, changed, deactivated, brought back, forgotten."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict
from keyvault.flows.offboarding import offboard_member
from keyvault.flows.scim.addresses import change_address, person_at
from keyvault.flows.scim.facts import PersonFacts
from keyvault.flows.scim.reading import find_person, people_of
from keyvault.flows.scim.settling import first_role, mappings_of, settle
from keyvault.target import Target
from orgs.access import changing_rights
from orgs.models import DirectoryGroup, DirectoryPerson, Membership, Organization, Source
from orgs.permissions import Action

REASON = "deprovisioned by the directory"

Edit = Callable[[PersonFacts], PersonFacts]
"""What a request makes of the facts as they are; called again once they are locked."""


def create_person(*, actor: Actor, org: Organization, facts: PersonFacts) -> UUID:
    """A member with the role of the connection's default, and an account without a password where there is none.

    Raises Invalid, and Conflict for a person whom the directory knows, or whose account it may not have.
    """
    facts = facts.cleaned()
    with changing_rights(actor, Action.ADD_MEMBER, org.target) as held:
        _require_new(held, facts)
        user, is_new = person_at(held, org, facts)
        entry = _written(org, user, facts)
        details: dict[str, JSON] = {"new_account": is_new, "user_name": facts.user_name}
        if facts.active:
            _join(held, org, user, facts, details)
        else:
            record(Action.CHANGE_MEMBER, actor=held, on=_about(org, user), details={**details, "active": False})
        settle(held, org, [entry.pk])
    return user.pk


def change_person(*, actor: Actor, org: Organization, user_id: UUID, edit: Edit) -> None:
    """What ends goes first, by the road of every leaver, whatever is wrong with the rest of the request.

    Without a difference there is no event.

    Raises NotFound, Invalid, and Conflict for the last owner, who stays.
    """
    before = find_person(actor, user_id).facts
    if before.active and not edit(before).active:
        _end(actor, org, user_id)
        _written(org, User.objects.get(pk=user_id), before)
    with changing_rights(actor, Action.CHANGE_MEMBER, _about(org, User.objects.get(pk=user_id))) as held:
        before = find_person(held, user_id).facts
        wanted = edit(before).cleaned()
        if before.active and not wanted.active:
            raise Conflict("The person has just become a member again.", rule="changed-meanwhile")
        if wanted != before:
            _apply(held, org, user_id, before, wanted)


def remove_person(*, actor: Actor, org: Organization, user_id: UUID) -> None:
    """Ends the membership; from here on the directory does not know the person. The account stays.

    Raises NotFound, and Conflict for the last owner, who stays.
    """
    known = find_person(actor, user_id)
    if Membership.objects.filter(org=org, user=user_id, ended_at=None).exists():
        _end(actor, org, user_id)
    user = User.objects.get(pk=user_id)
    with changing_rights(actor, Action.REMOVE_MEMBER, _about(org, user)) as held:
        entry = _written(org, user, known.facts)
        DirectoryGroup.objects.filter(members__person=entry).update(changed_at=timezone.now())
        entry.groups.all().delete()
        entry.deleted_at = timezone.now()
        entry.save(update_fields=["deleted_at"])
        record(Action.CHANGE_MEMBER, actor=held, on=_about(org, user), details={"forgotten_by_directory": True})


def _end(actor: Actor, org: Organization, user_id: UUID) -> None:
    """Tokens, sessions, grants and membership, by the one road; single sign-on brings back only what it ended."""
    rows = Membership.objects.select_related("org", "user")
    membership = rows.filter(org=org, user=user_id, ended_at=None).first()
    if membership is None:  # the account is closed, or another request was faster
        return
    offboard_member(actor=actor, membership=membership, reason=REASON, ended_by=Source.SCIM)


def _require_new(actor: Actor, facts: PersonFacts) -> None:
    same = Q(user_name__iexact=facts.user_name) | Q(email__iexact=facts.address)
    if people_of(actor).filter(same).exists():
        raise Conflict("There is a user of this name or address already.", rule="user-exists")


def _apply(actor: Actor, org: Organization, user_id: UUID, before: PersonFacts, wanted: PersonFacts) -> None:
    user = User.objects.select_for_update().get(pk=user_id)
    if wanted.user_name.lower() != before.user_name.lower():
        _require_free_name(actor, user, wanted.user_name)
    if _is_elsewhere(org, user):
        wanted = replace(wanted, name=before.name)
    changed = _differences(before, wanted)
    if wanted.address != before.address:
        change_address(org, user, wanted.address)
    if wanted.name != before.name:
        user.name = wanted.name
        user.save(update_fields=["name"])
    entry = _written(org, user, wanted)
    if wanted.active and not before.active:
        _join(actor, org, user, wanted, {"user_name": wanted.user_name})
        settle(actor, org, [entry.pk])
    elif wanted.unit != before.unit:
        Membership.objects.filter(org=org, user=user, ended_at=None).update(unit=wanted.unit)
    if changed:
        record(Action.CHANGE_MEMBER, actor=actor, on=_about(org, user), details=changed)


def _join(actor: Actor, org: Organization, user: User, facts: PersonFacts, details: dict[str, JSON]) -> None:
    """A new membership always: without the teams by hand, grants and tokens of an earlier one."""
    if not user.is_active:
        raise Conflict("The person's account is closed.", rule="account-closed")
    groups = DirectoryGroup.objects.filter(members__person__org=org, members__person__user=user)
    role = first_role(mappings_of(org), groups)
    # The engagement's last day may be over without its end having been carried out.
    over = Membership.objects.filter(org=org, user=user, ended_at=None)
    if over.exists():
        raise Conflict("The person's engagement is over.", rule="engagement-over")
    membership = Membership.objects.create(org=org, user=user, role=role, unit=facts.unit, source=Source.SCIM)
    facts_of_it: dict[str, JSON] = {**details, "role": role, "unit": facts.unit, "source": Source.SCIM}
    record(Action.ADD_MEMBER, actor=actor, on=membership.target, details=facts_of_it)


def _written(org: Organization, user: User, facts: PersonFacts) -> DirectoryPerson:
    """The directory's row of the person: made at its first word about them."""
    entry, _ = DirectoryPerson.objects.update_or_create(
        org=org,
        user=user,
        defaults={
            "user_name": facts.user_name,
            "external_id": facts.external_id,
            "given_name": facts.given_name,
            "family_name": facts.family_name,
            "changed_at": timezone.now(),
            "deleted_at": None,
        },
    )
    return entry


def _require_free_name(actor: Actor, user: User, user_name: str) -> None:
    if people_of(actor).filter(user_name__iexact=user_name).exclude(pk=user.pk).exists():
        raise Conflict("There is a user of this name already.", rule="user-exists")


def _is_elsewhere(org: Organization, user: User) -> bool:
    """What a person is called in other organizations is not for this one's directory to say."""
    return Membership.objects.filter(user=user, ended_at=None).exclude(org=org).exists()


def _differences(before: PersonFacts, wanted: PersonFacts) -> dict[str, JSON]:
    fields = ("user_name", "address", "name", "given_name", "family_name", "unit", "external_id")
    return {
        field: {"from": getattr(before, field), "to": getattr(wanted, field)}
        for field in fields
        if getattr(before, field) != getattr(wanted, field)
    }


def _about(org: Organization, user: User) -> Target:
    return replace(org.target, about=user.ref)
