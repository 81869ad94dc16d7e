"""From values to sealed versions and back: where each value's place is written into its envelope."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from keyvault.actor import Actor
from keyvault.keyring import ring
from keyvault.keyring.envelope import ValueContext
from keyvault.keyring.purposes import Purpose
from keyvault.secrets.brokering import hosts_of
from keyvault.secrets.models import Secret, SecretKind, SecretVersion
from keyvault.secrets.values import Value, restored


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and the secret it becomes the current version of."""

    secret: Secret
    value: Value = field(repr=False)


def store_new(actor: Actor, placed: Sequence[Placed]) -> list[SecretVersion]:
    """Secrets that are not in the database yet, with their first versions. Two statements, however many."""
    if not placed:
        return []
    versions = _next_versions(actor, placed)
    Secret.objects.bulk_create(item.secret for item in placed)
    return SecretVersion.objects.bulk_create(versions)


def store_next(actor: Actor, placed: Sequence[Placed]) -> list[SecretVersion]:
    """The next version of each secret, current from now on. Two statements; the caller holds the rows."""
    if not placed:
        return []
    versions = _next_versions(actor, placed)
    now = timezone.now()
    for item in placed:
        item.secret.updated_at = now
    held = Secret.objects.filter(pk__in=[item.secret.pk for item in placed])
    held.update(latest=F("latest") + 1, current=F("latest") + 1, updated_at=now)
    return SecretVersion.objects.bulk_create(versions)


def open_versions(versions: Sequence[SecretVersion]) -> list[Value]:
    """All or none, with one query. Raises CannotOpen."""
    if not versions:
        return []
    sealed = [(context_of(row.secret, row.version), bytes(row.envelope or b"")) for row in versions]
    opened = ring.open_values(sealed)
    return [restored(row.type, data) for row, data in zip(versions, opened, strict=True)]


def context_of(secret: Secret, version: int) -> ValueContext:
    """The place that an envelope of this version is bound to. NOTE: stored values depend on it."""
    return ValueContext(
        purpose=Purpose.BROKER if secret.kind == SecretKind.BROKERED else Purpose.VALUE,
        org=secret.org_id,
        project=secret.environment.project_id,
        environment=secret.environment_id,
        secret=secret.pk,
        version=version,
        provider=secret.provider,
        hosts=hosts_of(secret.upstream),
    )


def _next_versions(actor: Actor, placed: Sequence[Placed]) -> list[SecretVersion]:
    """Sealed, and not stored. All secrets are of one organization."""
    marks = ring.fingerprints(placed[0].secret.org_id, [item.value.data for item in placed])
    for item in placed:
        item.secret.current = item.secret.latest = item.secret.latest + 1
    return [_sealed(actor, item, mark) for item, mark in zip(placed, marks, strict=True)]


def _sealed(actor: Actor, item: Placed, mark: bytes | None) -> SecretVersion:
    secret, value = item.secret, item.value
    envelope = ring.seal_value(context_of(secret, secret.latest), value.data)
    return SecretVersion(
        org_id=secret.org_id,
        secret=secret,
        version=secret.latest,
        type=value.type,
        datakey_id=ring.key_id_of(envelope),
        envelope=envelope,
        fingerprint=mark,
        size=len(value.data),
        created_by_id=actor.id,
        created_by=actor.name[:254],
    )
