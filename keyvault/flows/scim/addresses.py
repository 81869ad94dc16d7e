"""Whose account a directory may have, and which address it may change: an account belongs to its person."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.models import User
from keyvault.actor import Actor, Role
from keyvault.errors import Conflict, NotAllowed
from keyvault.flows.scim.facts import PersonFacts
from orgs.models import Domain, Membership, Organization


def person_at(actor: Actor, org: Organization, facts: PersonFacts) -> tuple[User, bool]:
    """The account of the address, and whether it is new: one without a usable password.

    Raises Conflict for an account that has never been in this organization, unless the organization has proven the
    address's domain: else any directory could draw any person in.
    """
    user = User.objects.filter(email__iexact=facts.address).first()
    if user is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(facts.address, name=facts.name), True
        except IntegrityError:  # another organization was faster
            user = User.objects.get(email__iexact=facts.address)
    if not Membership.objects.filter(org=org, user=user).exists() and not is_proven(org, facts.address):
        raise Conflict(
            "An account with this address exists outside of your organization.",
            rule="foreign-account",
            remedy="Prove the address's domain in Settings, or invite the person.",
        )
    return user, False


def change_address(org: Organization, user: User, address: str) -> None:
    """The person's address of signing in, in one transaction with the caller's.

    Only from a proven domain of the organization to a proven domain of it: there its mail server decides anyway who
    reads the mail of a password reset. Never of an owner, and never of somebody who is in another organization too.
    """
    home = Membership.objects.filter(user=user, ended_at=None)
    owns = home.filter(role=Role.OWNER).exists()
    elsewhere = Membership.objects.filter(user=user).exclude(org=org).exists()
    if owns or elsewhere or not (is_proven(org, user.email) and is_proven(org, address)):
        raise NotAllowed(
            "The directory may not change this person's address.",
            rule="address-is-the-persons",
            remedy="Both addresses must lie in domains that the organization has proven; the person is no owner and "
            "in no other organization. Else the person changes it.",
        )
    user.email = address
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:
        raise Conflict("Another account has this address.", rule="user-exists") from None
    EmailAddress.objects.filter(user=user).delete()  # a confirmation of the old address confirms nothing any more


def is_proven(org: Organization, address: str) -> bool:
    return Domain.objects.proven().filter(org=org, name=address.rpartition("@")[2].lower()).exists()
