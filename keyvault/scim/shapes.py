"""From what is known to what SCIM shows of it, and from what a directory sends to what it says."""

import base64
import hashlib
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.urls import reverse
from scim2_models import InvalidValueException, Meta

from keyvault.flows.scim import GroupFacts, KnownGroup, KnownPerson, PersonFacts
from keyvault.scim.filters import uuid_of
from keyvault.scim.resources import Email, Enterprise, Group, GroupOfUser, Member, Name, Person, User


def shown_person(known: KnownPerson) -> User[Any]:
    """Without the members' directory nothing is invented: what the person has not is absent."""
    shown = person_of(known.facts)
    shown.id = str(known.id)
    shown.groups = [GroupOfUser(value=str(ref.id), display=ref.name) for ref in known.groups] or None
    shown.meta = Meta(
        resource_type="User",
        created=known.created_at,
        last_modified=max(known.changed_at, known.created_at),
        location=location("scim-user", known.id),
        version=version_of(shown),
    )
    return shown


def person_of(facts: PersonFacts) -> User[Any]:
    """What a PATCH changes."""
    person = Person(
        user_name=facts.user_name,
        external_id=facts.external_id or None,
        display_name=facts.name or None,
        name=Name(
            formatted=facts.name or None, given_name=facts.given_name or None, family_name=facts.family_name or None
        ),
        active=facts.active,
        emails=[Email(value=facts.address, type="work", primary=True)],
    )
    if facts.unit:
        person[Enterprise] = Enterprise(department=facts.unit)
    return person


def facts_of(person: User[Any], before: PersonFacts | None = None) -> PersonFacts:
    """What the resource says; where it is silent about being active or about the address, it stays as ``before``."""
    name = person.name or Name()
    extension = person[Enterprise]
    active = person.active if person.active is not None else before is None or before.active
    return PersonFacts(
        user_name=person.user_name or "",
        address=_address(person, before),
        name=_full_name(person, name, before),
        given_name=name.given_name or "",
        family_name=name.family_name or "",
        unit=(extension.department if extension else None) or "",
        external_id=person.external_id or "",
        active=active,
    )


def shown_group(known: KnownGroup) -> Group:
    return Group(
        id=str(known.id),
        display_name=known.display_name,
        external_id=known.external_id or None,
        members=[Member(value=str(ref.id), display=ref.name) for ref in known.people] or None,
        meta=Meta(
            resource_type="Group",
            created=known.created_at,
            last_modified=max(known.changed_at, known.created_at),
            location=location("scim-group", known.id),
            version=_tag(f"{known.id} {known.changed_at.isoformat()}".encode()),
        ),
    )


def group_facts_of(group: Group) -> GroupFacts:
    """Raises InvalidValueException for a member that has no id of ours."""
    members = frozenset(member_id(member.value) for member in group.members or ())
    return GroupFacts(group.display_name or "", group.external_id or "", members)


def member_id(value: Any) -> UUID:
    found = uuid_of(value)
    if found is None:
        raise InvalidValueException(detail="A member's value is the id of a user.")
    return found


def location(name: str, key: UUID) -> str:
    return f"{settings.KEYVAULT_URL}{reverse(name, args=[key])}"


def version_of(person: User[Any]) -> str:
    """Changes with what is shown, whoever changed it."""
    return _tag(orjson.dumps(person.model_dump(exclude={"meta"}), option=orjson.OPT_SORT_KEYS))


def _tag(content: bytes) -> str:
    return f'W/"{base64.urlsafe_b64encode(hashlib.sha256(content).digest()[:12]).decode()}"'


def _address(person: User[Any], before: PersonFacts | None) -> str:
    """The primary one, else that of work, else the first; without any the userName, which most directories fill so."""
    emails = [email for email in person.emails or () if email.value]
    ranked = sorted(emails, key=lambda email: (not email.primary, (email.type or "").lower() != "work"))
    if ranked:
        return ranked[0].value or ""
    return before.address if before else person.user_name or ""


def _full_name(person: User[Any], name: Name, before: PersonFacts | None) -> str:
    """Directories say it up to three times. Of a change, what differs from before counts."""
    joined = " ".join(filter(None, (name.given_name, name.family_name)))
    said = (person.display_name or "", name.formatted or "", joined)
    if before is None:
        return next(filter(None, said), "")
    was = (before.name, before.name, " ".join(filter(None, (before.given_name, before.family_name))))
    return next((now for now, then in zip(said, was, strict=True) if now and now != then), said[0])
