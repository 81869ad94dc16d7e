"""Creating an organization, its name and who owns it."""

from django.db import IntegrityError, transaction

from accounts.models import User
from audit.services import Outcome, record
from keyvault.actor import Actor, ActorType, Role
from keyvault.errors import Conflict, NotAllowed
from keyvault.keyring import ring
from keyvault.target import Target
from orgs.access import changing_rights, person_in
from orgs.decide import EXPLANATIONS, Rule
from orgs.models import Membership, Organization
from orgs.names import RESERVED, clean_name, clean_slug, slugs_for
from orgs.permissions import Action
from orgs.services.standing import hold_membership, own_membership

CREATE = "organization:create"


def create_organization(*, actor: Actor, name: str, slug: str = "") -> Organization:
    """A new organization with its keys and ``actor``, a person without a token, as its owner.

    Without ``slug`` it is made from the name and numbered where taken. Joins the caller's transaction if there is one.
    Raises Conflict when the given slug is taken.
    """
    owner = _person(actor)
    cleaned = clean_name(name)
    wanted = [clean_slug(slug, reserved=RESERVED)] if slug else slugs_for(name, otherwise="team", reserved=RESERVED)
    with transaction.atomic():
        org = next(filter(None, (_take(cleaned, candidate) for candidate in wanted)), None)
        if org is None:
            raise Conflict(f"The name {slug} is taken.", rule="slug-taken", extra={"field": "slug"})
        ring.create_organization_keys(org.pk)
        membership = Membership.objects.create(org=org, user=owner, role=Role.OWNER)
        record(CREATE, actor=person_in(membership, origin=actor.origin), on=org.target, details={"name": cleaned})
    return org


def rename_organization(*, actor: Actor, org: Organization, name: str) -> Organization:
    """The slug stays: addresses keep their meaning."""
    cleaned = clean_name(name)
    with changing_rights(actor, Action.RENAME_ORGANIZATION, org.target) as held:
        before = Organization.objects.get(pk=org.pk).name
        org.name = cleaned
        org.save(update_fields=["name"])
        record(Action.RENAME_ORGANIZATION, actor=held, on=org.target, details={"from": before, "to": cleaned})
    return org


def transfer_ownership(*, actor: Actor, to: Membership) -> Membership:
    """In one act the actor's own membership becomes admin and ``to`` owner. Returns ``to``."""
    with changing_rights(actor, Action.TRANSFER_OWNERSHIP, to.target) as held:
        heir, mine = hold_membership(to), own_membership(held)
        if heir == mine:
            raise Conflict("Ownership is transferred to another member.", rule="same-person")
        if heir.ends_on or not heir.user.is_active:
            raise Conflict("An owner has an open account and no last day.", rule="owner-must-stay")
        heir.role, mine.role = Role.OWNER, Role.ADMIN
        Membership.objects.bulk_update([heir, mine], ["role"])
        record(
            Action.TRANSFER_OWNERSHIP, actor=held, on=heir.target, details={"from": held.name, "to": heir.user.email}
        )
    return heir


def _person(actor: Actor) -> User:
    if actor.type is ActorType.PERSON and actor.id and actor.token is None:
        return User.objects.get(pk=actor.id)
    record(CREATE, actor=actor, on=Target(org=None), outcome=Outcome.DENIED, reason=Rule.NEVER_BY_TOKEN)
    sentence, remedy = EXPLANATIONS[Rule.NEVER_BY_TOKEN]
    raise NotAllowed(sentence, rule=Rule.NEVER_BY_TOKEN, remedy=remedy)


def _take(name: str, slug: str) -> Organization | None:
    """The constraint decides, so that of two who come at once each gets a slug of its own."""
    if Organization.objects.filter(slug=slug).exists():
        return None
    try:
        with transaction.atomic():
            return Organization.objects.create(name=name, slug=slug)
    except IntegrityError:
        return None
