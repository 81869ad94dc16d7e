"""Who has read a secret of late, by the log: for those who may look at it. One query, cut off at 500 reads."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from django.utils import timezone

from audit.models import Event
from audit.services import Outcome
from keyvault.actor import Actor, ActorType
from keyvault.secrets.models import Secret
from keyvault.secrets.services.leaving import READS

DAYS = 14
_MOST = 500  # reads that are looked at
_SHOWN = 6


@dataclass(slots=True)
class Reader:
    """``days`` are reads on each of the last days, today's last; ``token`` is the one read with, if any."""

    name: str
    is_person: bool
    last_at: dt.datetime
    version: int | None
    token: str = ""
    days: list[int] = field(default_factory=lambda: [0] * DAYS)


def readers_of(actor: Actor, secret: Secret) -> list[Reader]:
    """Who read last comes first. The caller has asked whether the actor may look at the log."""
    now = timezone.now()
    reads = Event.objects.visible_to(actor).on_secret(secret.pk).between(now - dt.timedelta(days=DAYS - 1))
    newest = reads.filter(action__in=READS, outcome=Outcome.SUCCESS).order_by("-id")[:_MOST]
    return _grouped(newest.values_list("at", "actor_type", "version", "entry"), now)[:_SHOWN]


def _grouped(
    reads: Iterable[tuple[dt.datetime, str, int | None, bytes | memoryview]], now: dt.datetime
) -> list[Reader]:
    readers: dict[tuple[str, str], Reader] = {}
    for at, kind, version, entry in reads:
        said = orjson.loads(bytes(entry))
        name, token = said["actor"]["name"], (said["token"] or {}).get("name", "")
        reader = readers.setdefault((name, token), Reader(name, kind == ActorType.PERSON, at, version, token))
        day = DAYS - 1 - (now.date() - at.date()).days
        if 0 <= day < DAYS:
            reader.days[day] += 1
    return list(readers.values())
