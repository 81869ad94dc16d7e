"""``keys rotate-org``: an organization seals under new data keys; what it stored follows in the background."""

import datetime as dt
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Max
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import NotFound
from keyvault.flows.keys.shelves import SHELVES, hold_shelves_still
from keyvault.jobs.models import Job, State
from keyvault.jobs.services import enqueue
from keyvault.keyring import ring
from keyvault.keyring.models import DataKey, DataKeyState
from keyvault.keyring.purposes import Purpose
from keyvault.keyring.resealing import Resealed, Shelf, reseal
from keyvault.keyring.succession import shred_keys, succeed_data_keys, superseded_keys
from keyvault.keyring.turns import ceremony
from orgs.models import Organization

RESEAL = "keys.reseal"

GRACE = dt.timedelta(minutes=2)
"""So long an old key is kept at least: other processes may seal under it for a minute (keyvault/keyring/ring.py)."""

_ROTATED = (Purpose.VALUE, Purpose.BROKER)
_BATCH = 200
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """``finished``: no old key is left. ``early``: all is sealed anew, and an old key waits for its time."""

    done: Resealed
    finished: bool
    early: bool = False


def find_organization(slug: str) -> Organization:
    """Raises NotFound."""
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no organization {slug}")
    return found


def rotate_org(*, actor: Actor, org: Organization) -> bool:
    """New ``value`` and ``broker`` keys, active at once. False where an earlier rotation is not finished: it goes on.

    Fingerprints keep their key: they are compared with each other, and hide no value that somebody could open.
    """
    with ceremony():
        begins = not superseded_keys(org.pk).exists()
        if begins:
            made = succeed_data_keys(_ROTATED, org.pk)
            record("keys:rotate-org", actor=actor, on=org.target, details={"keys": [str(key) for key in made]})
        go_on_later(org)
    ring.forget()
    return begins


def go_on_later(org: Organization, run_after: dt.datetime | None = None) -> None:
    """The job that seals what is stored; one at a time is enough."""
    arguments = {"org": str(org.pk)}
    if not Job.objects.filter(kind=RESEAL, arguments=arguments, state=State.QUEUED).exists():
        enqueue(RESEAL, arguments=arguments, author=None, run_after=run_after)


def reseal_org(*, actor: Actor, org: Organization, seconds: float = 60.0, batch: int = _BATCH) -> Progress:
    """Goes on with a rotation for about so long; each batch is a transaction with its event, so a kill loses none."""
    ring.forget()  # this process may know the previous key as the active one
    deadline = time.monotonic() + seconds
    key_ids = list(superseded_keys(org.pk).values_list("pk", flat=True))
    done = Resealed()
    for shelf in SHELVES:
        after: UUID | None = _FIRST
        while after is not None and time.monotonic() < deadline:
            after, moved = _reseal_batch(actor, org, shelf, key_ids, after, batch)
            done += moved
    early = timezone.now() < _grace_ends(key_ids)
    return Progress(done, finished=not early and _retire(actor, org), early=early and not _lies_under(key_ids))


def _reseal_batch(
    actor: Actor, org: Organization, shelf: Shelf, key_ids: list[UUID], after: UUID, batch: int
) -> tuple[UUID | None, Resealed]:
    """Where the next one begins, and what became of this one."""
    with transaction.atomic(durable=True):
        lying = shelf.under(key_ids, after, batch)
        if not lying:
            return None, Resealed()
        done = reseal(shelf, lying)
        details: dict[str, JSON] = {
            "of": shelf.table,
            "moved": done.moved,
            "overtaken": done.overtaken,
            "shut": done.shut,
        }
        record("keys:reseal", actor=actor, on=org.target, details=details)
    return lying[-1].row, done


def _retire(actor: Actor, org: Organization) -> bool:
    """The old keys are shredded, if nothing lies under them. True where none is left."""
    try:
        with ceremony():
            keys = list(superseded_keys(org.pk).select_for_update())
            if not keys:
                return True
            hold_shelves_still()
            if _lies_under([key.pk for key in keys]):
                return False
            shred_keys(keys)
            record("keys:retire-key", actor=actor, on=org.target, details={"keys": [str(key) for key in keys]})
    except OperationalError:  # a writer holds on: another time
        return False
    return True


def _lies_under(key_ids: list[UUID]) -> bool:
    return any(shelf.under(key_ids, _FIRST, 1) for shelf in SHELVES)


def _grace_ends(key_ids: list[UUID]) -> dt.datetime:
    """Counted from the newest key of those organizations: the one that came last in their place."""
    orgs = DataKey.objects.filter(pk__in=key_ids).values("org_id")
    made = DataKey.objects.filter(org_id__in=orgs, state=DataKeyState.ACTIVE).aggregate(made=Max("created_at"))["made"]
    return made + GRACE if made else timezone.now()
