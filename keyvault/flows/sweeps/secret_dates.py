"""What the clock asks of secrets: rotation, a reader, and the end of what was deleted."""

import datetime as dt
from functools import partial

from django.db.models import F

from keyvault.actor import Actor
from keyvault.flows.sweeps.noting import say_once, unsaid
from keyvault.flows.sweeps.steps import EachRow, Sweep
from keyvault.secrets.models import Secret
from keyvault.secrets.querysets import SecretQuerySet
from keyvault.secrets.services.reminding import (
    NEVER_READ,
    ROTATION_DAYS,
    ROTATION_DUE,
    ROTATION_OVERDUE,
    remind_of_rotation,
    secrets_due_for_rotation,
    secrets_never_read,
    secrets_overdue,
    tell_never_read,
)
from keyvault.secrets.services.removing import purge_overdue_secret, secrets_to_purge


def _kind(days: int) -> str:
    return f"{ROTATION_DUE}-{days}"


def _due(days: int) -> SecretQuerySet:
    """Of two reminders that are due at once the later one is enough; another day is reminded of anew."""
    said = [_kind(each) for each in ROTATION_DAYS if each <= days]
    return unsaid(secrets_due_for_rotation(days), *said, about=F("rotate_by"))


def _overdue() -> SecretQuerySet:
    return unsaid(secrets_overdue(), ROTATION_OVERDUE, about=F("rotate_by"))


def _never_read() -> SecretQuerySet:
    return unsaid(secrets_never_read(), NEVER_READ, about=F("current"))


def _remind(days: int | None, actor: Actor, secret: Secret) -> bool:
    kind = ROTATION_OVERDUE if days is None else _kind(days)
    say = partial(remind_of_rotation, actor=actor, secret=secret, days=days)
    return say_once(secret.org_id, kind, secret.pk, str(secret.rotate_by), say)


def _tell(actor: Actor, secret: Secret) -> bool:
    say = partial(tell_never_read, actor=actor, secret=secret)
    return say_once(secret.org_id, NEVER_READ, secret.pk, str(secret.current), say)


def _purge(actor: Actor, secret: Secret) -> bool:
    return purge_overdue_secret(actor=actor, secret=secret)


ROTATION = Sweep(
    "rotation",
    "Says of secrets that their rotation is due in 30, 14, 7 days and 1 day, and when it is overdue",
    dt.timedelta(hours=6),
    (
        EachRow("overdue", _overdue, partial(_remind, None)),
        *(EachRow(f"in_{days}_days", partial(_due, days), partial(_remind, days)) for days in sorted(ROTATION_DAYS)),
    ),
)

UNREAD = Sweep(
    "never-read",
    "Says of secrets that nobody has read the current value in 90 days",
    dt.timedelta(days=1),
    (EachRow("never_read", _never_read, _tell),),
)

PURGE = Sweep(
    "purge-deleted",
    "Purges secrets seven days after they were deleted",
    dt.timedelta(hours=1),
    (EachRow("purged", secrets_to_purge, _purge),),
)
