"""The account that a provider's identity is tied to, once and for all: found, made, taken back, or refused."""

from dataclasses import replace

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts.models import User
from audit.services import JSON, record
from keyvault.actor import Actor, Role
from keyvault.errors import NotAllowed
from keyvault.flows.sign_up import SIGN_UP
from keyvault.flows.sso.identity import Identity
from keyvault.flows.sso.unproven import take_back
from orgs.models import Connection, Membership
from orgs.names import NAME_LIMIT

TIE = "sso:tie"
"""The event of an account that is tied to a provider's identity from then on."""


def tied(connection: Connection, identity: Identity) -> User | None:
    """By the provider's identifier alone: an address may pass to somebody else."""
    tie = SocialAccount.objects.select_related("user").filter(provider=connection.key, uid=identity.uid).first()
    return tie.user if tie else None


def tie(actor: Actor, connection: Connection, identity: Identity, address: str) -> User:
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


def _facts(connection: Connection) -> dict[str, JSON]:
    return {"connection": connection.name}
