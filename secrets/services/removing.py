"""Removing: a deleted secret waits seven days, then it is purged; an erased version is gone at once."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.access import require
from keyvault.secrets.acts import one_act
from keyvault.secrets.models import Secret
from keyvault.secrets.querysets import SecretQuerySet
from keyvault.secrets.services.duplicates import PLACE, hold_sharing_policy, shared_by
from keyvault.secrets.services.storing import hold_secret
from orgs.permissions import Action

KEPT = dt.timedelta(days=7)
"""After that the sweep ``purge-deleted`` purges it, whoever deleted it."""


def delete_secret(*, actor: Actor, secret: Secret) -> Secret:
    """Nobody reads it from now on. After seven days it is purged, whoever is here then."""
    require(actor, Action.DELETE_SECRET, secret.target)
    with one_act(Action.DELETE_SECRET, actor=actor, on=secret.target):
        locked = hold_secret(secret)
        put_aside(locked)
        record(Action.DELETE_SECRET, actor=actor, on=locked.target)
    return locked


def undelete_secret(*, actor: Actor, secret: Secret) -> Secret:
    """Within seven days. Raises NotFound after them, Conflict when the name has been given again."""
    require(actor, Action.UNDELETE_SECRET, secret.target)
    taken = f"The name {secret.name} has been given again."
    with one_act(Action.UNDELETE_SECRET, actor=actor, on=secret.target, taken=taken):
        hold_sharing_policy(secret.environment)
        locked, deleted_at = _hold_deleted(secret)
        if deleted_at + KEPT <= timezone.now():
            raise NotFound("Its seven days are over.", rule="undelete-too-late")
        locked.deleted_at = None
        locked.save(update_fields=["deleted_at", "updated_at"])
        shared_by(actor, list(locked.versions.filter(version=locked.current).select_related(*PLACE)))
        record(Action.UNDELETE_SECRET, actor=actor, on=locked.target)
    return locked


def purge_secret(*, actor: Actor, secret: Secret) -> None:
    """For ever, with all its versions; only a deleted one."""
    require(actor, Action.PURGE_SECRET, secret.target)
    with one_act(Action.PURGE_SECRET, actor=actor, on=secret.target):
        locked, _ = _hold_deleted(secret)
        record(Action.PURGE_SECRET, actor=actor, on=locked.target)
        locked.delete()


def erase_version(*, actor: Actor, secret: Secret, version: int) -> None:
    """The envelope is gone at once; number, author and date stay. Raises Conflict for the current version."""
    require(actor, Action.ERASE_VERSION, secret.target)
    with one_act(Action.ERASE_VERSION, actor=actor, on=secret.target):
        locked = hold_secret(secret)
        if version == locked.current:
            raise Conflict("This version is the current one.", rule="version-is-current", remedy="Rotate it first.")
        row = locked.versions.select_for_update().filter(version=version, destroyed_at=None).first()
        if row is None:
            raise NotFound("There is no such version, or it was erased.", rule="no-such-version")
        row.secret, row.envelope, row.fingerprint = locked, None, None
        row.destroyed_at = timezone.now()
        row.save(update_fields=["envelope", "fingerprint", "destroyed_at"])
        record(Action.ERASE_VERSION, actor=actor, on=row.target)


def secrets_to_purge() -> SecretQuerySet:
    return Secret.objects.deleted().placed().filter(deleted_at__lte=timezone.now() - KEPT)


def purge_overdue_secret(*, actor: Actor, secret: Secret) -> bool:
    """By the product itself. False where it was undeleted meanwhile, or deleted anew."""
    with transaction.atomic():
        found = secrets_to_purge().select_for_update(of=("self",)).filter(pk=secret.pk).first()
        if found is not None:
            record(Action.PURGE_SECRET, actor=actor, on=found.target)
            found.delete()
    return found is not None


def put_aside(locked: Secret) -> None:
    """Deleted from now on. The caller holds the row and records the event."""
    locked.deleted_at = timezone.now()
    locked.save(update_fields=["deleted_at", "updated_at"])


def _hold_deleted(secret: Secret) -> tuple[Secret, dt.datetime]:
    """The secret and when it was deleted. Raises NotFound."""
    rows = Secret.objects.placed()
    locked = rows.select_for_update(of=("self",)).filter(org_id=secret.org_id, pk=secret.pk).first()
    if locked is None or locked.deleted_at is None:
        raise NotFound("There is no such deleted secret.", rule="not-deleted")
    return locked, locked.deleted_at
