"""Storing values: new secrets, new versions, the way back to an old one, and what is said about a secret."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils import timezone

from audit.services import JSON, Receipt, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound, PreconditionFailed
from keyvault.secrets.access import absent, require
from keyvault.secrets.acts import one_act
from keyvault.secrets.brokering import NOWHERE, destination_of, require_fit
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion
from keyvault.secrets.names import clean_secret_name, clean_variable
from keyvault.secrets.sealing import Placed, store_new, store_next
from keyvault.secrets.services.duplicates import Shared, hold_sharing_policy, shared_by
from keyvault.secrets.values import Value
from orgs.models import Membership
from orgs.names import clean_note, invalid
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
    """What is said about a secret beside its value; None leaves it as it is.

    ``without`` takes away the ``owner``, the ``rotate_by`` date or both.
    """

    note: str | None = None
    variable: str | None = None
    owner: Membership | None = None
    rotate_by: dt.date | None = None
    kind: str | None = None
    without: Collection[str] = ()


def create_secret(
    *,
    actor: Actor,
    environment: Environment,
    name: str,
    value: Value,
    kind: str = SecretKind.SECRET,
    provider: str = "",
    variables: Mapping[str, str] = NOWHERE,
    about: About = About(),
) -> Stored:
    """Its first version. A brokered one is bound to its provider from the beginning, which takes the right to bind.

    Raises Conflict for a name in use or a provider that another secret of the environment is bound to; Invalid for a
    brokered one without a provider, or for one that there is not.
    """
    name = clean_secret_name(name)
    require(actor, Action.CREATE_SECRET, absent(environment, name))
    secret = Secret(org_id=environment.org_id, environment=environment, name=name, kind=_clean_kind(kind, provider))
    if secret.kind == SecretKind.BROKERED:
        require(actor, Action.BIND_SECRET, absent(environment, name))
    _describe(secret, about)
    taken = f"{environment.slug} has a secret {name} already."
    with one_act(Action.CREATE_SECRET, actor=actor, on=absent(environment, name), taken=taken):
        hold_sharing_policy(environment)
        details = _bind(secret, provider, variables, value)
        [version] = store_new(actor, [Placed(secret, value)])
        shared = shared_by(actor, [version])
        receipt = record(Action.CREATE_SECRET, actor=actor, on=version.target, details=details)
    return Stored(secret, version, receipt, shared)


def rotate_secret(*, actor: Actor, secret: Secret, value: Value, expected_version: int | None = None) -> Stored:
    """A new value for the one that was: it becomes current. ``expected_version`` is the current one to replace."""
    return _add(Action.ROTATE_SECRET, actor, secret, value, expected_version)


def add_version(*, actor: Actor, secret: Secret, value: Value, expected_version: int | None = None) -> Stored:
    """As a rotation, recorded as an edit: the key at the provider stays the same."""
    return _add(Action.ADD_VERSION, actor, secret, value, expected_version)


def restore_version(*, actor: Actor, secret: Secret, version: int) -> SecretVersion:
    """Makes an earlier version the current one again. Raises NotFound for one never given or erased."""
    require(actor, Action.RESTORE_VERSION, secret.target)
    with one_act(Action.RESTORE_VERSION, actor=actor, on=secret.target):
        hold_sharing_policy(secret.environment)
        locked = hold_secret(secret)
        row = locked.versions.filter(version=version, destroyed_at=None).first()
        if row is None:
            raise NotFound("There is no such version, or it was erased.", rule="no-such-version")
        row.secret = locked
        details = {"from": locked.current, "to": version}
        locked.current = version
        locked.save(update_fields=["current", "updated_at"])
        shared_by(actor, [row])
        record(Action.RESTORE_VERSION, actor=actor, on=row.target, details=details)
    return row


def change_secret(*, actor: Actor, secret: Secret, about: About) -> Secret:
    """The note, the variable in exports, the secret owner, the date by which it wants rotation, or the kind.

    Configuration is shown to whoever lists: only who may read the value makes it that. The gateway's own become so by
    :func:`keyvault.secrets.services.binding.bind_secret` and never stop being so: they are sealed under another key.
    """
    require(actor, Action.CHANGE_SECRET, secret.target)
    if about.kind == SecretKind.CONFIG and secret.kind == SecretKind.SECRET:
        require(actor, Action.REVEAL_SECRET, secret.target)
    with one_act(Action.CHANGE_SECRET, actor=actor, on=secret.target):
        locked = hold_secret(secret)
        before = _said(locked)
        _describe(locked, about)
        _change_kind(locked, about.kind)
        locked.save(update_fields=["note", "variable", "owner", "rotate_by", "kind", "updated_at"])
        now = _said(locked)
        record(
            Action.CHANGE_SECRET,
            actor=actor,
            on=locked.target,
            details={"changed": [name for name in now if now[name] != before[name]], "kind": locked.kind},
        )
    return locked


def hold_secret(secret: Secret) -> Secret:
    """The live secret as it is now, locked until the transaction ends. Raises NotFound."""
    rows = Secret.objects.select_for_update().filter(org_id=secret.org_id, pk=secret.pk, deleted_at=None)
    locked = rows.first()
    if locked is None:
        raise NotFound
    locked.environment = secret.environment
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
    with one_act(action, actor=actor, on=secret.target):
        hold_sharing_policy(secret.environment)
        locked = hold_secret(secret)
        require_version(locked, expected_version)
        if locked.kind == SecretKind.BROKERED:
            require_fit(locked.org_id, locked.provider, value)
        [version] = store_next(actor, [Placed(locked, value)])
        if action is Action.ROTATE_SECRET:
            _settle_due_date(locked)
        shared = shared_by(actor, [version])
        receipt = record(action, actor=actor, on=version.target)
    return Stored(locked, version, receipt, shared)


def _settle_due_date(secret: Secret) -> None:
    """One that has come is met by the rotation; one that lies ahead stays."""
    if secret.rotate_by and secret.rotate_by <= timezone.now().date():
        secret.rotate_by = None
        secret.save(update_fields=["rotate_by"])


def _clean_kind(kind: str, provider: str) -> str:
    if kind not in SecretKind.values:
        raise invalid("kind", f"A kind is one of {', '.join(SecretKind.values)}.")
    if kind == SecretKind.BROKERED and not provider:
        raise invalid("provider", "A brokered secret names the provider that the gateway brokers it to.")
    if kind != SecretKind.BROKERED and provider:
        raise invalid("provider", "Only a brokered secret has a provider.")
    return kind


def _bind(secret: Secret, provider: str, variables: Mapping[str, str], value: Value) -> dict[str, JSON]:
    if secret.kind != SecretKind.BROKERED:
        return {}
    require_fit(secret.org_id, provider, value)
    to = destination_of(secret.org_id, provider, variables)
    secret.provider, secret.upstream = to.provider, to.upstream
    return {"provider": to.provider, "upstream": to.upstream}


def _change_kind(secret: Secret, kind: str | None) -> None:
    if kind is None or kind == secret.kind:
        return
    if kind not in SecretKind.values:
        raise invalid("kind", f"A kind is one of {', '.join(SecretKind.values)}.")
    if kind == SecretKind.BROKERED or secret.kind == SecretKind.BROKERED:
        raise Conflict(
            "A secret becomes the gateway's own by being bound, and stays so.",
            rule="gateway-only",
            remedy="Bind it to a provider, or store the value as another secret and delete this one.",
        )
    secret.kind = kind


def _describe(secret: Secret, about: About) -> None:
    if about.note is not None:
        secret.note = clean_note(about.note, field="note", limit=NOTE_LIMIT)
    if about.variable is not None:
        secret.variable = clean_variable(about.variable)
    if about.owner is not None or "owner" in about.without:
        secret.owner = _clean_owner(secret, about.owner)
    if about.rotate_by is not None or "rotate_by" in about.without:
        secret.rotate_by = about.rotate_by


def _clean_owner(secret: Secret, owner: Membership | None) -> Membership | None:
    if owner is not None and (owner.org_id != secret.org_id or not owner.active):
        raise invalid("owner", "The secret owner is an active member of the organization.")
    return owner


def _said(secret: Secret) -> dict[str, object]:
    return {
        "note": secret.note,
        "variable": secret.variable,
        "owner": secret.owner_id,
        "rotate_by": secret.rotate_by,
        "kind": secret.kind,
    }
