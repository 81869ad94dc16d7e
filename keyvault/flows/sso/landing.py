"""Who a provider's identity is here, and what becomes of their membership: one transaction, or nothing."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from accounts.access import platform_roles_of
from accounts.models import User
from audit.services import JSON, Outcome, digest_of, record
from keyvault.actor import Actor, Origin, system
from keyvault.errors import Conflict, KeyVaultError, NotAllowed
from keyvault.flows.offboarding import offboard_member
from keyvault.flows.person_events import SIGN_IN
from keyvault.flows.sso.addresses import outside, vouched_address
from keyvault.flows.sso.discovery import is_in_proven_domain
from keyvault.flows.sso.identity import Identity
from keyvault.flows.sso.ties import tie, tied
from orgs.access import hold_organization
from orgs.models import Connection, Membership, Source
from orgs.services.arrivals import NO_ROLE, admit


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
    user = tied(connection, identity) or tie(actor, connection, identity, address)
    _require_open(user)
    _require_no_operator(connection, user)
    if not is_in_proven_domain(connection, user.email):
        raise outside(user.email)
    membership = admit(actor=actor, connection=connection, user=user, claims=identity.claims)
    return Landed(user, membership)


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


def _end_what_came_from_here(actor: Actor, connection: Connection, identity: Identity) -> None:
    """A membership that single sign-on made ends with the last role; it comes back with the next."""
    user = tied(connection, identity)
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
    user = tied(connection, identity) or _member_at(connection, identity)
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
