"""Binding a key to a provider: from then on it serves the gateway alone, at that provider's host alone."""

from collections.abc import Mapping

from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.keyring import ring
from keyvault.secrets.access import require
from keyvault.secrets.acts import one_act
from keyvault.secrets.brokering import NOWHERE, Destination, destination_of, require_fit
from keyvault.secrets.models import Secret, SecretKind
from keyvault.secrets.sealing import Placed, context_of, open_versions, store_next
from keyvault.secrets.services.duplicates import hold_sharing_policy, shared_by
from keyvault.secrets.services.storing import hold_secret
from keyvault.secrets.values import Value
from orgs.names import invalid
from orgs.permissions import Action

_COLUMNS = ["kind", "provider", "upstream", "updated_at"]


def bind_secret(
    *,
    actor: Actor,
    secret: Secret,
    provider: str,
    variables: Mapping[str, str] = NOWHERE,
    value: Value | None = None,
) -> Secret:
    """An ordinary secret becomes the gateway's own for good, and all its versions are sealed anew: who binds it must be
    able to read it, because it is sent where they say. A brokered one is bound to another provider or host only with
    its value entered again; its earlier versions, which open nowhere else, are erased.

    Raises Conflict where the environment has a secret of the provider already, and Invalid for a missing ``value``.
    """
    brokered = secret.kind == SecretKind.BROKERED
    require(actor, Action.BIND_SECRET, secret.target)
    require(actor, Action.ROTATE_SECRET if brokered else Action.REVEAL_SECRET, secret.target)
    with one_act(Action.BIND_SECRET, actor=actor, on=secret.target):
        hold_sharing_policy(secret.environment)
        locked = hold_secret(secret)
        if (locked.kind == SecretKind.BROKERED) != brokered:
            raise Conflict("The secret was bound meanwhile.", rule="moved-on", remedy="Read it again.")
        to = destination_of(locked.org_id, provider, variables)
        details: dict[str, JSON] = {"provider": to.provider, "upstream": to.upstream, "before": locked.upstream}
        erased = _rebind(actor, locked, to, value) if brokered else _take_over(actor, locked, to, value)
        record(Action.BIND_SECRET, actor=actor, on=locked.target, details={**details, "erased": erased})
    return locked


def _take_over(actor: Actor, secret: Secret, to: Destination, value: Value | None) -> int:
    """From the organization's ``value`` key to its ``broker`` key, in place."""
    if value is not None:
        raise invalid("value", "The value stays as it is; rotate the secret before or afterwards.")
    rows = list(secret.versions.select_for_update().filter(destroyed_at=None))
    if secret.current not in {row.version for row in rows}:
        raise NotFound("The current version was erased.", rule="no-such-version")
    for row in rows:
        row.secret = secret
    values = open_versions(rows)
    current = next(opened for row, opened in zip(rows, values, strict=True) if row.version == secret.current)
    require_fit(secret.org_id, to.provider, current)
    secret.kind = SecretKind.BROKERED
    _point(secret, to)
    for row, opened in zip(rows, values, strict=True):
        row.envelope = ring.seal_value(context_of(secret, row.version), opened.data)
        row.datakey_id = ring.key_id_of(row.envelope)
        row.save(update_fields=["envelope", "datakey_id"])
    return 0


def _rebind(actor: Actor, secret: Secret, to: Destination, value: Value | None) -> int:
    before = Destination(secret.provider, secret.upstream)
    if value is None:
        if to.bound_to != before.bound_to:
            raise invalid("value", "Bound to another provider or host, the value has to be entered again.")
        _point(secret, to)
        return 0
    require_fit(secret.org_id, to.provider, value)
    _point(secret, to)
    kept = secret.versions.select_for_update().filter(destroyed_at=None) if to.bound_to != before.bound_to else None
    erased = kept.update(envelope=None, fingerprint=None, destroyed_at=timezone.now()) if kept is not None else 0
    [version] = store_next(actor, [Placed(secret, value)])
    shared_by(actor, [version])
    return erased


def _point(secret: Secret, to: Destination) -> None:
    secret.provider, secret.upstream = to.provider, to.upstream
    secret.save(update_fields=_COLUMNS)
