"""Who a provider's identity is here, and what becomes of their membership: one transaction, or nothing."""

from dataclasses import dataclass, replace

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.access import platform_roles_of
from accounts.models import User
from audit.services import JSON, Outcome, digest_of, record
from keyvault.actor import Actor, Origin, Role, system
from keyvault.errors import Conflict, KeyVaultError, NotAllowed
from keyvault.flows.offboarding import offboard_member
from keyvault.flows.person_events import SIGN_IN
from keyvault.flows.sign_up import SIGN_UP
from keyvault.flows.sso.discovery import is_in_proven_domain
from keyvault.flows.sso.identity import Address, Identity
from keyvault.flows.sso.unproven import take_back
from orgs.access import hold_organization
from orgs.models import Connection, Membership, Source
from orgs.names import NAME_LIMIT
from orgs.services.arrivals import NO_ROLE, admit

TIE = "sso:tie"
"""The event of an account that is tied to a provider's identity from then on."""


@dataclass(frozen=True, slots=True)
class Landed:
    user: User
    membership: Membership


def land(*, origin: Origin, connection: Connection, identity: Identity) -> Landed:
    """Raises NotAllowed, with an event of the refused sign-in, for whoever may not come in this way."""
    actor = replace(system(f"single sign-on by {connection.name}"), origin=origin)
    try:
        with transaction.atomic(durable=True):
            hold_organization(connection.org.target)
            return _land(actor, connection, identity)
    except (NotAllowed, Conflict) as refused:
        _record_refusal(actor, connection, identity, refused)
        if refused.rule == NO_ROLE:
            _end_what_came_from_here(actor, connection, identity)
        raise


def _land(actor: Actor, connection: Connection, identity: Identity) -> Landed:
    _require_on(connection)
    address = vouched_address(connection, identity)
    user = _tied(connection, identity) or _tie(actor, connection, identity, address)
    _require_open(user)
    _require_no_operator(connection, user)
    if not is_in_proven_domain(connection, user.email):
        raise _outside(user.email)
    membership = admit(actor=actor, connection=connection, user=user, claims=identity.claims)
    return Landed(user, membership)


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
    raise _outside(", ".join(each.email for each in identity.addresses) or "an unnamed address")


def _is_address(text: str) -> bool:
    """`a@b@acme.example` is in the domain too, to whoever looks at its end only."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_verified(connection: Connection, address: Address) -> bool:
    return address.verified is True or (address.verified is None and connection.trust_unmarked_email)


def _tied(connection: Connection, identity: Identity) -> User | None:
    """By the provider's identifier alone: an address may pass to somebody else."""
    tie = SocialAccount.objects.select_related("user").filter(provider=connection.key, uid=identity.uid).first()
    return tie.user if tie else None


def _tie(actor: Actor, connection: Connection, identity: Identity, address: str) -> User:
    user = User.objects.filter(email__iexact=address).first()
    if user is None:
        user = _new_person(actor, connection, identity, address)
    elif EmailAddress.objects.filter(user=user, email__iexact=address, verified=True).exists():
        _require_not_elsewhere(connection, user)
    elif not _owns(connection, user):
        take_back(actor=actor, user=user, address=address)
    SocialAccount.objects.create(user=user, provider=connection.key, uid=identity.uid, extra_data={})
    record(TIE, actor=actor, on=replace(connection.org.target, about=user.ref), details=_facts(connection))
    return user


def _new_person(actor: Actor, connection: Connection, identity: Identity, address: str) -> User:
    """Without a password."""
    name = "".join(character for character in identity.name if character.isprintable())[:NAME_LIMIT].strip()
    user = User.objects.create_user(email=address, name=name)
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    record(SIGN_UP, actor=actor, on=replace(connection.org.target, about=user.ref), details=_facts(connection))
    return user


def _owns(connection: Connection, user: User) -> bool:
    """An owner has proven the domain, or could have: whose the addresses in it are is theirs to say."""
    mine = Membership.objects.acting().filter(org_id=connection.org_id, user=user, role=Role.OWNER)
    return mine.exists()


def _require_not_elsewhere(connection: Connection, user: User) -> None:
    """An account of other organizations is theirs to let in: this one's provider would speak for their member."""
    homes = set(Membership.objects.active().filter(user=user).values_list("org_id", flat=True))
    if homes and connection.org_id not in homes:
        raise NotAllowed(
            "There is an account with your address in another organization.",
            rule="member-elsewhere",
            remedy="Ask an owner or admin of this one to invite you, and accept while signed in.",
        )


def _require_on(connection: Connection) -> None:
    if not Connection.objects.enabled().filter(pk=connection.pk).exists():
        raise NotAllowed("This sign-in is switched off.", rule="connection-off", remedy="An owner can switch it on.")


def _require_open(user: User) -> None:
    if not user.is_active:
        raise NotAllowed("Your account is closed.", rule="account-closed", remedy="An operator can open it.")


def _require_no_operator(connection: Connection, user: User) -> None:
    """An organization's provider speaks for nobody who works for all of them; the installation's own does."""
    if platform_roles_of(user) and connection.key != settings.KEYVAULT_OPERATOR_CONNECTION:
        raise NotAllowed(
            "Operators do not sign in by an organization's provider.",
            rule="operator-account",
            remedy="Sign in by password or passkey, and use another account in the organization.",
        )


def _outside(address: str) -> NotAllowed:
    return NotAllowed(
        f"{address} is in no domain that this organization has proven.",
        rule="domain-not-proven",
        remedy="An owner can prove the domain.",
    )


def _end_what_came_from_here(actor: Actor, connection: Connection, identity: Identity) -> None:
    """A membership that single sign-on made ends with the last role; it comes back with the next."""
    user = _tied(connection, identity)
    mine = Membership.objects.active().select_related("org", "user").filter(org_id=connection.org_id, source=Source.IDP)
    membership = mine.filter(user=user).first() if user else None
    if membership is None:
        return
    try:
        offboard_member(actor=actor, membership=membership, reason="no claim maps to a role", ended_by=Source.IDP)
    except Conflict:  # the last owner, who stays; the refusal is recorded
        return


def _record_refusal(actor: Actor, connection: Connection, identity: Identity, refused: KeyVaultError) -> None:
    """Somebody who is unknown here is named by a digest only."""
    user = _tied(connection, identity) or _member_at(connection, identity)
    on = replace(connection.org.target, about=user.ref if user else None)
    details = _facts(connection)
    if user is None:
        details["identifier"] = digest_of(identity.addresses[0].email if identity.addresses else identity.uid)
    record(SIGN_IN, actor=actor, on=on, outcome=Outcome.DENIED, reason=refused.rule, details=details)


def _member_at(connection: Connection, identity: Identity) -> User | None:
    emails = [address.email for address in identity.addresses]
    members = Membership.objects.active().select_related("user").filter(org_id=connection.org_id)
    found = next(filter(None, (members.filter(user__email__iexact=email).first() for email in emails)), None)
    return found.user if found else None


def _facts(connection: Connection) -> dict[str, JSON]:
    return {"connection": connection.name}
