"""Signing up: a person and an organization that is theirs, both or neither; and who may create further ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from accounts.models import User
from audit.services import Outcome, record, record_folded
from keyvault.actor import Actor, Origin, Role
from keyvault.errors import Conflict, NotAllowed
from keyvault.target import Target
from orgs.access import person_in, person_outside
from orgs.models import Membership, Organization
from orgs.names import clean_name
from orgs.services.organizations import CREATE, create_organization

SIGN_UP = "person:sign-up"

_TURNS = 7_526_420  # an advisory lock's number: of two who come first, one is


@dataclass(frozen=True, slots=True)
class SignedUp:
    user: User
    organization: Organization


def sign_up_is_open() -> bool:
    """KEYVAULT_SIGNUP: ``open`` to anybody, ``first`` to the first person only, ``invite`` to nobody by this road.

    Operators do not count: whoever made one on the machine has not yet made an organization.
    """
    if settings.KEYVAULT_SIGNUP == "first":
        return not User.objects.filter(is_staff=False).exists()
    return bool(settings.KEYVAULT_SIGNUP == "open")


def sign_up(*, origin: Origin, organization: str, person: Callable[[], User]) -> SignedUp:
    """``person`` saves the new user and is called inside the transaction, once it is sure that sign-up is open.

    Raises NotAllowed where it is not, Invalid for the organization's name, Conflict where the address has an account.
    """
    name = clean_name(organization, field="organization")
    try:
        with transaction.atomic(durable=True):
            _require_open()
            user = save_person(person)
            org = create_organization(actor=person_outside(user, origin=origin), name=name)
            owner = person_in(org.memberships.select_related("org", "user").get(), origin=origin)
            record(SIGN_UP, actor=owner, on=replace(org.target, about=user.ref))
    except NotAllowed as refused:
        record_folded(SIGN_UP, origin=origin, reason=refused.rule)
        raise
    return SignedUp(user, org)


def create_further_organization(*, actor: Actor, name: str, slug: str = "") -> Organization:
    """For somebody who has an account: anybody where sign-up is open, else who owns an organization already."""
    if not may_create_organization(actor):
        record(CREATE, actor=actor, on=Target(org=None), outcome=Outcome.DENIED, reason="creation-closed")
        raise NotAllowed("New organizations are created by owners here.", rule="creation-closed", remedy="Ask one.")
    return create_organization(actor=actor, name=name, slug=slug)


def may_create_organization(actor: Actor) -> bool:
    """Somebody must be able to begin: where there is no organization yet, anybody with an account."""
    if settings.KEYVAULT_SIGNUP == "open" or not Organization.objects.exists():
        return True
    return actor.id is not None and Membership.objects.acting().filter(user_id=actor.id, role=Role.OWNER).exists()


def save_person(person: Callable[[], User]) -> User:
    """Two sign-ups with one address at once: the form has let both pass."""
    try:
        with transaction.atomic():
            return person()
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise Conflict("There is an account with this address.", rule="address-taken") from None
        raise


def _require_open() -> None:
    if settings.KEYVAULT_SIGNUP == "first":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURNS])
    if not sign_up_is_open():
        raise NotAllowed("Sign-up is closed here.", rule="sign-up-closed", remedy="Ask an owner or admin to add you.")
