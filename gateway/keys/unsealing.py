"""One key in the clear: the event is committed first, and only while token and secret are still what was decided on."""

from dataclasses import replace

import django.db
from django.db import close_old_connections, connection

from audit import sink
from audit.delegated import UNSEAL, prepare_by_gateway, write_by_gateway
from audit.entry import Outcome
from gateway.keys.statements import COMMIT, ENVELOPE
from gateway.model import Binding, Credential
from gateway.ports import CannotUnseal
from gateway.state.token import HeldToken, Sealed
from keyvault.actor import Actor, Origin
from keyvault.errors import CannotOpen, KeyVaultError
from keyvault.keyring import ring
from keyvault.secrets import exposure
from keyvault.secrets.models import Environment, Secret, SecretKind, ValueType
from keyvault.secrets.sealing import context_of
from keyvault.secrets.values import Value, restored

KEY_FIELD = "key"
"""Of a value made of fields, the one that stands in the provider's slot; the others are named by its preset."""


def unseal(token: HeldToken, binding: Binding, origin: Origin) -> Credential:
    """In a thread of its own, on Django's connection. Raises CannotUnseal."""
    close_old_connections()  # minutes pass between two keys: the database may have been away
    sealed: Sealed = binding.sealed
    actor = acting(token, origin)
    try:
        _commit(token, binding, actor)
        value = _open(binding)
    except CannotOpen:
        _record_failure(actor, sealed)
        raise CannotUnseal from None
    except (KeyVaultError, django.db.Error):
        raise CannotUnseal from None
    exposure.note(binding.version_id, exposure.BROKERED, actor)
    return _credential(value)


def acting(token: HeldToken, origin: Origin) -> Actor:
    """The token's actor, at the place that this request comes from."""
    return replace(token.actor, origin=origin)


def _commit(token: HeldToken, binding: Binding, actor: Actor) -> None:
    sealed: Sealed = binding.sealed
    event = prepare_by_gateway(UNSEAL, actor=actor, on=sealed.target, details={"provider": binding.provider.slug})
    environment = sealed.target.environment
    of_token = (token.id, token.mac, str(actor.role) if actor.role else "")
    of_secret = (binding.secret_id, token.org_id, environment.id if environment else None, sealed.target.version)
    with connection.cursor() as cursor:
        cursor.execute(COMMIT, (*event, *of_token, *of_secret, sealed.provider, sealed.upstream))
        if not cursor.rowcount:
            raise CannotUnseal
    sink.write([event.entry])


def _open(binding: Binding) -> Value:
    sealed: Sealed = binding.sealed
    org = sealed.target.org
    with connection.cursor() as cursor:
        cursor.execute(ENVELOPE, [binding.version_id, org.id if org else None])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise CannotUnseal
    context = context_of(_secret(binding), sealed.target.version or 0)
    return restored(sealed.type, ring.open_value(context, bytes(row[0])))


def _secret(binding: Binding) -> Secret:
    """Not read from the database: what the envelope is bound to, as it was loaded."""
    sealed: Sealed = binding.sealed
    target = sealed.target
    if not (target.org and target.project and target.environment):
        raise CannotUnseal
    environment = Environment(id=target.environment.id, org_id=target.org.id, project_id=target.project.id)
    return Secret(
        id=binding.secret_id,
        org_id=target.org.id,
        environment=environment,
        kind=SecretKind.BROKERED,
        provider=sealed.provider,
        upstream=sealed.upstream,
    )


def _credential(value: Value) -> Credential:
    if value.type is ValueType.BINARY:
        raise CannotUnseal
    parts = value.parts
    key = parts.get(KEY_FIELD) if value.type is ValueType.FIELDS else parts[""]
    if not key:
        raise CannotUnseal
    return Credential(key, parts if value.type is ValueType.FIELDS else {})


def _record_failure(actor: Actor, sealed: Sealed) -> None:
    event = prepare_by_gateway(UNSEAL, actor=actor, on=sealed.target, outcome=Outcome.ERROR, reason=CannotOpen.rule)
    write_by_gateway([event])
