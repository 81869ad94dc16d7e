"""What the clock says of secrets: due for rotation, overdue, never read. Events that alerts are made of."""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.secrets.models import Secret, SecretExposure, SecretVersion
from keyvault.secrets.querysets import SecretQuerySet

ROTATION_DUE = "secret:rotation-due"
ROTATION_OVERDUE = "secret:rotation-overdue"
NEVER_READ = "secret:never-read"
ROTATION_DAYS = (30, 14, 7, 1)
UNREAD_FOR = dt.timedelta(days=90)


def secrets_due_for_rotation(days: int) -> SecretQuerySet:
    """Their day comes within so many days, or is today."""
    today = timezone.now().date()
    return _live().filter(rotate_by__gte=today, rotate_by__lte=today + dt.timedelta(days=days))


def secrets_overdue() -> SecretQuerySet:
    return _live().filter(rotate_by__lt=timezone.now().date())


def secrets_never_read() -> SecretQuerySet:
    """Nobody has revealed, exported or used the current version in the 90 days that it has been there."""
    current = SecretVersion.objects.filter(secret=OuterRef("pk"), version=OuterRef("current"))
    seen = SecretExposure.objects.filter(version__secret=OuterRef("pk"), version__version=OuterRef("current"))
    old = current.filter(created_at__lte=timezone.now() - UNREAD_FOR, destroyed_at=None)
    return _live().filter(Exists(old), ~Exists(seen))


def remind_of_rotation(*, actor: Actor, secret: Secret, days: int | None) -> None:
    """``days`` ahead; None where the day is past. In the transaction that notes that it was said."""
    details: dict[str, JSON] = {"rotate_by": str(secret.rotate_by), **({} if days is None else {"days": days})}
    record(ROTATION_OVERDUE if days is None else ROTATION_DUE, actor=actor, on=secret.target, details=details)


def tell_never_read(*, actor: Actor, secret: Secret) -> None:
    record(NEVER_READ, actor=actor, on=secret.target, details={"version": secret.current})


def _live() -> SecretQuerySet:
    return Secret.objects.live().placed()
