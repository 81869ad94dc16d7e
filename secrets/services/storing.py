"""Storing values: new secrets, new versions, the way back to an old one, and what is said about a secret."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from audit.services import Receipt, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound, PreconditionFailed
from keyvault.secrets.access import require
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion
from keyvault.secrets.names import clean_secret_name, clean_variable
from keyvault.secrets.sealing import Placed, seal_versions
from keyvault.secrets.services.duplicates import Shared, refuse_shared, shared_with
from keyvault.secrets.values import Value
from orgs.models import Membership
from orgs.names import clean_note, clean_slug, invalid
from orgs.permissions import Action

NOTE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Stored:
    """``shared`` names the secrets of other environments that hold the same value."""

    secret: Secret
    version: SecretVersion
    receipt: Receipt
    shared: Shared


@dataclass(frozen=True, slots=True)
class About:
    """What is said about a secret beside its value; None leaves it as it is."""

    note: str | None = None
    variable: str | None = None
    owner: Membership | None = None
    rotate_by: dt.date | None = None


def create_secret(
    *,
    actor: Actor,
    environment: Environment,
    name: str,
    value: Value,
    kind: str = SecretKind.SECRET,
    provider: str = "",
    about: About = About(),
) -> Stored:
    """Its first version. Raises Conflict for a name in use; Invalid for a brokered one without a provider."""
    name = clean_secret_name(name)
    require(actor, Action.CREATE_SECRET, _named(environment, name).target)
    secret = Secret(org_id=environment.org_id, environment=environment, name=name, kind=_clean_kind(kind, provider))
    secret.provider = clean_slug(provider, field="provider") if provider else ""
    _describe(secret, about)
    refuse_shared(environment, [value.data])
    try:
        with transaction.atomic(durable=True):
            secret.save()
            [version] = seal_versions(actor, [Placed(secret, value)])
            receipt = record(Action.CREATE_SECRET, actor=actor, on=version.target)
    except IntegrityError:
        raise Conflict(f"{environment.slug} has a secret {name} already.", rule="name-taken") from None
    return Stored(secret, version, receipt, shared_with(actor, version))


def rotate_secret(*, actor: Actor, secret: Secret, value: Value, expected_version: int | None = None) -> Stored:
    """A new value for the one that was: it becomes current. ``expected_version`` is the current one to replace."""
    return _add(Action.ROTATE_SECRET, actor, secret, value, expected_version)


def add_version(*, actor: Actor, secret: Secret, value: Value, expected_version: int | None = None) -> Stored:
    """As a rotation, recorded as an edit: the key at the provider stays the same."""
    return _add(Action.ADD_VERSION, actor, secret, value, expected_version)


def restore_version(*, actor: Actor, secret: Secret, version: int) -> SecretVersion:
    """Makes an earlier version the current one again. Raises NotFound for one never given or erased."""
    require(actor, Action.RESTORE_VERSION, secret.target)
    with transaction.atomic(durable=True):
        locked = hold_secret(secret)
        row = locked.versions.filter(version=version, destroyed_at=None).first()
        if row is None:
            raise NotFound("There is no such version, or it was erased.", rule="no-such-version")
        row.secret = locked
        details = {"from": locked.current, "to": version}
        locked.current = version
        locked.save(update_fields=["current", "updated_at"])
        record(Action.RESTORE_VERSION, actor=actor, on=row.target, details=details)
    return row


def change_secret(*, actor: Actor, secret: Secret, about: About) -> Secret:
    """The note, the variable in exports, the secret owner or the date by which it wants rotation."""
    require(actor, Action.CHANGE_SECRET, secret.target)
    with transaction.atomic(durable=True):
        locked = hold_secret(secret)
        _describe(locked, about)
        locked.save(update_fields=["note", "variable", "owner", "rotate_by", "updated_at"])
        record(Action.CHANGE_SECRET, actor=actor, on=locked.target)
    return locked


def hold_secret(secret: Secret) -> Secret:
    """The live secret as it is now, locked until the transaction ends. Raises NotFound."""
    rows = Secret.objects.select_related("environment__project__org", "environment__org", "org")
    locked = rows.select_for_update(of=("self",)).filter(org_id=secret.org_id, pk=secret.pk, deleted_at=None).first()
    if locked is None:
        raise NotFound
    return locked


def require_version(secret: Secret, expected: int | None) -> None:
    """Compare-and-set: raises PreconditionFailed when the current version is another one."""
    if expected is not None and expected != secret.current:
        raise PreconditionFailed(
            f"The current version is {secret.current}, not {expected}.",
            rule="version-moved-on",
            remedy="Read it again and decide anew.",
            extra={"current": secret.current},
        )


def _add(action: Action, actor: Actor, secret: Secret, value: Value, expected_version: int | None) -> Stored:
    require(actor, action, secret.target)
    refuse_shared(secret.environment, [value.data])
    with transaction.atomic(durable=True):
        locked = hold_secret(secret)
        require_version(locked, expected_version)
        [version] = seal_versions(actor, [Placed(locked, value)])
        receipt = record(action, actor=actor, on=version.target)
    return Stored(locked, version, receipt, shared_with(actor, version))


def _named(environment: Environment, name: str) -> Secret:
    """A secret that does not exist yet, for a decision about its path."""
    return Secret(org_id=environment.org_id, environment=environment, name=name)


def _clean_kind(kind: str, provider: str) -> str:
    if kind not in SecretKind.values:
        raise invalid("kind", f"A kind is one of {', '.join(SecretKind.values)}.")
    if kind == SecretKind.BROKERED and not provider:
        raise invalid("provider", "A brokered secret names the provider that the gateway brokers it to.")
    return kind


def _describe(secret: Secret, about: About) -> None:
    if about.note is not None:
        secret.note = clean_note(about.note, field="note", limit=NOTE_LIMIT)
    if about.variable is not None:
        secret.variable = clean_variable(about.variable)
    if about.owner is not None:
        if about.owner.org_id != secret.org_id or not about.owner.active:
            raise invalid("owner", "The secret owner is an active member of the organization.")
        secret.owner = about.owner
    if about.rotate_by is not None:
        secret.rotate_by = about.rotate_by
