"""What a directory can say of a person and of a group, without the form that it says it in."""

import datetime as dt
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from keyvault.target import Ref
from orgs.names import clean_name, clean_note, invalid

USER_NAME_LIMIT = 255
ADDRESS_LIMIT = 254


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """``address`` is the person's here; ``user_name`` is the directory's own name, as a rule the same.

    ``unit`` is the organizational unit of the membership, the directory's department.
    """

    user_name: str
    address: str
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    unit: str = ""
    external_id: str = ""
    active: bool = True

    def cleaned(self) -> "PersonFacts":
        """Raises Invalid."""
        return replace(
            self,
            user_name=clean_name(self.user_name, field="userName", limit=USER_NAME_LIMIT),
            address=_clean_address(self.address),
            name=clean_note(self.name, field="displayName"),
            given_name=clean_note(self.given_name, field="name.givenName"),
            family_name=clean_note(self.family_name, field="name.familyName"),
            unit=clean_note(self.unit, field="department"),
            external_id=clean_note(self.external_id, field="externalId", limit=USER_NAME_LIMIT),
        )


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """``id`` is the person's own: it stays the same through every membership."""

    id: UUID
    facts: PersonFacts
    created_at: dt.datetime
    changed_at: dt.datetime
    groups: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """``members`` are ids of people."""

    display_name: str
    external_id: str = ""
    members: frozenset[UUID] = field(default=frozenset())

    def cleaned(self) -> "GroupFacts":
        """Raises Invalid."""
        return replace(
            self,
            display_name=clean_name(self.display_name, field="displayName", limit=USER_NAME_LIMIT),
            external_id=clean_note(self.external_id, field="externalId", limit=USER_NAME_LIMIT),
        )


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """``people`` are its members with what they are called; empty where nobody asked for them."""

    id: UUID
    display_name: str
    external_id: str
    created_at: dt.datetime
    changed_at: dt.datetime
    people: tuple[Ref, ...] = ()

    @property
    def facts(self) -> GroupFacts:
        return GroupFacts(self.display_name, self.external_id, frozenset(ref.id for ref in self.people))


def _clean_address(text: str) -> str:
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise invalid("emails.value", "An e-mail address is needed: in emails, or as userName.") from None
    if len(address) > ADDRESS_LIMIT:
        raise invalid("emails.value", f"At most {ADDRESS_LIMIT} characters.")
    return address
