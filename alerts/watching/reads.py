"""Reads of values: how many by one reader in a while, and at which hour."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alerts.calendars import calendar_of, is_at_work
from alerts.catalogue import Kind
from alerts.models import Calendar
from alerts.rules import Standing
from alerts.watching.findings import READS, Finding
from alerts.watching.scenery import Scenery
from audit.models import Event
from keyvault.target import Tier
from orgs.models import Organization

_COUNTED = 1000


def is_read(event: Event) -> bool:
    return event.action in READS and event.outcome == "success"


def bulk_reads(rule: Standing, events: Sequence[Event]) -> Iterator[Finding]:
    """One finding for a reader whose reads within the window, counted in the log, have reached the threshold."""
    by_reader: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_reader[_reader(event)].append(event)
    for reader, reads in by_reader.items():
        counted = _counted(rule, reads[-1])
        if len(counted) >= rule.threshold:
            found = _found(Kind.BULK_READS, reads[-1], reader, weight=len(reads))
            yield replace(found, total=len(counted), since=min(counted))


def reads_at_odd_hours(org: Organization, events: Sequence[Event], scenery: Scenery) -> Iterator[Finding]:
    """Of production values, by people: services have no hours."""
    calendar: Calendar | None = None
    for event in events:
        if event.actor_type != "person" or scenery.tier(event.environment_id) != Tier.PRODUCTION:
            continue
        calendar = calendar or calendar_of(org.pk)
        if not is_at_work(calendar, event.at):
            yield _found(Kind.ODD_HOURS, event, f"person:{event.actor_id}", weight=1, said=f"Working hours: {calendar}")


def _counted(rule: Standing, latest: Event) -> list[dt.datetime]:
    """When each was. By key, so that only the window's part of one reader's index is read, and not all of a flood."""
    mine = Event.objects.filter(org_id=latest.org_id, outcome="success", action__in=READS)
    mine = mine.filter(token_id=latest.token_id) if latest.token_id else mine.filter(actor_id=latest.actor_id)
    rows = mine.between(latest.at - rule.span).filter(id__lte=latest.id).order_by("-id")
    return list(rows.values_list("at", flat=True)[: max(rule.threshold, _COUNTED)])


def _reader(event: Event) -> str:
    return f"token:{event.token_id}" if event.token_id else f"person:{event.actor_id}"


def _found(kind: Kind, event: Event, subject: str, *, weight: int, said: str = "") -> Finding:
    by = event.document["token"]["name"] if event.token_id else event.document["actor"]["name"]
    where = f"From {event.address}" if event.address else ""
    return Finding(
        kind=kind,
        org_id=event.org_id,
        subject=subject,
        name=by,
        event=event.id,
        at=event.at,
        weight=weight,
        token=event.token_id,
        person=event.actor_id,
        project=event.project_id,
        environment=event.environment_id,
        facts=". ".join(filter(None, (said, where))),
    )
