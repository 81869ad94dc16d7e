"""Adding, naming and removing second factors, and making recovery codes: each of one's own account only.

Whoever has a factor already must have shown it within the last five minutes, or an open session would be enough to
exchange it. The pages ask for a sign-in as fresh from whoever has none yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django_otp.models import Device

from accounts import totp
from accounts.models import RecoveryCodes, TotpDevice, User
from accounts.services import factors
from audit.services import Outcome
from keyvault.actor import Actor
from keyvault.errors import Conflict, Invalid, KeyVaultError, NotAllowed
from keyvault.flows import person_events as events
from keyvault.flows.factors import mails
from keyvault.flows.mfa_policy import organization_that_requires_mfa
from orgs.names import clean_name

NEEDS_STEP_UP = "needs-step-up"
NAME_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Added:
    """``codes`` are the first recovery codes of an account that had no factor before: to be shown once."""

    device: Device
    codes: list[str] = field(default_factory=list, repr=False)


def begin_authenticator(*, actor: Actor, user: User) -> TotpDevice:
    """A key that counts for nothing until a code of it was shown; one that was begun before is dropped."""
    with _acting(events.ADD_FACTOR, actor, user):
        TotpDevice.objects.filter(user=user, confirmed=False).delete()
        device = TotpDevice(user=user, name="Authenticator app", confirmed=False)
        device.key = totp.new_key()
        device.save()
        return device


def confirm_authenticator(*, actor: Actor, user: User, device_id: UUID, code: str, name: str = "") -> Added:
    """Raises Invalid for a wrong code; NotAllowed without a step-up."""
    with _acting(events.ADD_FACTOR, actor, user):
        device = TotpDevice.objects.filter(pk=device_id, user=user, confirmed=False).first()
        first = not factors.has_factor(user)
        if device is None or not factors.accept_first_code(device, code):
            raise Invalid("This is not the code that the app shows now.", rule="wrong-code", extra={"field": "code"})
        device = TotpDevice.objects.get(pk=device.pk)
        _name(device, name)
        events.record_person(events.ADD_FACTOR, actor=actor, user=user, details=_facts(device))
        codes = _first_codes(actor, user) if first else []
    mails.tell_of_added(user, device.name, origin=actor.origin)
    return Added(device, codes)


def rename_factor(*, actor: Actor, user: User, device: Device, name: str) -> Device:
    with _acting(events.RENAME_FACTOR, actor, user):
        _name(device, name)
        events.record_person(events.RENAME_FACTOR, actor=actor, user=user, details=_facts(device))
    return device


def remove_factor(*, actor: Actor, user: User, device: Device) -> None:
    """Raises Conflict for the last one while an organization of the person requires one.

    Recovery codes are the spare of a factor: they go with the last one.
    """
    with _acting(events.REMOVE_FACTOR, actor, user):
        facts = _facts(device)
        device.delete()
        if not factors.has_factor(user):
            _require_that_none_is_required(user)
            RecoveryCodes.objects.filter(user=user).delete()
        events.record_person(events.REMOVE_FACTOR, actor=actor, user=user, details=facts)
    mails.tell_of_removed(user, device.name, origin=actor.origin)


def make_recovery_codes(*, actor: Actor, user: User) -> list[str]:
    """New ones in place of all earlier ones. Raises Conflict for who has no factor that they could be the spare of."""
    with _acting(events.MAKE_CODES, actor, user):
        if not factors.has_factor(user):
            raise Conflict("Add a second factor first.", rule="no-second-factor")
        codes = factors.new_recovery_codes(user)
        events.record_person(events.MAKE_CODES, actor=actor, user=user)
    mails.tell_of_new_codes(user, origin=actor.origin)
    return codes


def add_passkey(*, actor: Actor, user: User, complete: Callable[[], Device], name: str = "") -> Added:
    """``complete`` checks what the browser made and saves it, inside the transaction. Raises Invalid."""
    with _acting(events.ADD_FACTOR, actor, user):
        first = not factors.has_factor(user)
        device = complete()
        _name(device, name or "Passkey")
        events.record_person(events.ADD_FACTOR, actor=actor, user=user, details=_facts(device))
        codes = _first_codes(actor, user) if first else []
    mails.tell_of_added(user, device.name, origin=actor.origin)
    return Added(device, codes)


def require_proof(actor: Actor, user: User) -> None:
    """Raises NotAllowed where the account has a factor that was not shown just now, or is somebody else's."""
    if actor.id != user.pk:
        raise NotAllowed("Second factors are changed by whose they are.", rule="own-account-only")
    if factors.has_factor(user) and not actor.stepped_up:
        raise NotAllowed(
            "This needs your second factor again.", rule=NEEDS_STEP_UP, remedy="Confirm with it and try again."
        )


@contextmanager
def _acting(action: str, actor: Actor, user: User) -> Iterator[None]:
    """One transaction; a refusal is an event after it is rolled back."""
    try:
        require_proof(actor, user)
        with transaction.atomic(durable=True):
            User.objects.select_for_update(no_key=True).get(
                pk=user.pk
            )  # of two last factors removed at once, one stays
            yield
    except KeyVaultError as refused:
        events.record_person(action, actor=actor, user=user, outcome=Outcome.DENIED, reason=refused.rule)
        raise


def _require_that_none_is_required(user: User) -> None:
    org = organization_that_requires_mfa(user)
    if org is not None:
        raise Conflict(
            f"{org.name} requires a second factor, and this is your last one.",
            rule="last-second-factor",
            remedy="Add another one first.",
        )


def _first_codes(actor: Actor, user: User) -> list[str]:
    codes = factors.new_recovery_codes(user)
    events.record_person(events.MAKE_CODES, actor=actor, user=user)
    return codes


def _name(device: Device, name: str) -> None:
    if name.strip():
        device.name = clean_name(name, field="name")[:NAME_LIMIT]
        device.save(update_fields=["name"])


def _facts(device: Device) -> dict[str, str]:
    return {"factor": factors.kind_of(device), "name": device.name}
