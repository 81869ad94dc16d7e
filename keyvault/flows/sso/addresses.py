"""Which of the addresses that a provider names counts: verified, and in a domain that the organization has proven."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from keyvault.errors import NotAllowed
from keyvault.flows.sso.discovery import is_in_proven_domain
from keyvault.flows.sso.identity import Address, Identity
from orgs.models import Connection


def vouched_address(connection: Connection, identity: Identity) -> str:
    """The first that is verified and in a domain of the organization. Raises NotAllowed.

    A provider that says nothing of verification is believed where the organization says so.
    """
    sound = [each for each in identity.addresses if _is_address(each.email)]
    inside = [each for each in sound if is_in_proven_domain(connection, each.email)]
    vouched = [each.email.lower() for each in inside if _is_verified(connection, each)]
    if vouched:
        return vouched[0]
    if inside:
        raise NotAllowed(
            "The provider does not say that your address is verified.",
            rule="address-not-verified",
            remedy="An owner can say that it vouches for its addresses.",
        )
    raise outside(", ".join(each.email for each in identity.addresses) or "an unnamed address")


def outside(address: str) -> NotAllowed:
    return NotAllowed(
        f"{address} is in no domain that this organization has proven.",
        rule="domain-not-proven",
        remedy="An owner can prove the domain.",
    )


def _is_address(text: str) -> bool:
    """`a@b@acme.example` is in the domain too, to whoever looks at its end only."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_verified(connection: Connection, address: Address) -> bool:
    return address.verified is True or (address.verified is None and connection.trust_unmarked_email)
