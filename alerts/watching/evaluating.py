"""Looking at the log: a batch, its alerts and their deliveries are one transaction. Of two at once one does it."""

import logging
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from alerts.catalogue import Kind
from alerts.rules import Standing, rules_of
from alerts.sending.telling import tell
from alerts.watching.findings import Finding, finding_in
from alerts.watching.judging import Raised, is_due_again, judge
from alerts.watching.places import new_places, organizations_used_from
from alerts.watching.reading import BATCH, read_on, take_watch
from alerts.watching.reads import bulk_reads, is_read, reads_at_odd_hours
from alerts.watching.scenery import Scenery
from audit.entry import INSTANCE
from audit.models import Event
from orgs.models import Organization

LOOK_TIME = 20.0  # seconds after which the rest is left to the next look

log = logging.getLogger(__name__)


def watch() -> int:
    """Reads on until nothing is new, and returns how many events that were."""
    seen, deadline = 0, time.monotonic() + LOOK_TIME
    while True:
        batch = _look_once()
        seen += batch
        if batch < BATCH or time.monotonic() > deadline:
            return seen


def _look_once() -> int:
    with transaction.atomic(durable=True):
        place = take_watch()
        if place is None:
            return 0
        events = read_on(place)
        _evaluate(events)
    return len(events)


def _evaluate(events: Sequence[Event]) -> None:
    by_org: dict[UUID, list[Event]] = defaultdict(list)
    for event in events:
        by_org[event.org_id].append(event)
    shared = [finding for event in by_org.pop(INSTANCE, ()) for finding in _found_in([event])]
    concerned = set(by_org) | {org_id for finding in shared for org_id in _concerned_by(finding)}
    for org in Organization.objects.filter(pk__in=concerned).order_by("pk"):
        mine = [finding for finding in shared if org.pk in _concerned_by(finding)]
        _evaluate_for(org, by_org.get(org.pk, []), mine)


def _concerned_by(finding: Finding) -> set[UUID]:
    """What happens to the installation concerns everybody; an unknown token those who are used from there."""
    if finding.kind is Kind.UNKNOWN_TOKEN:
        return organizations_used_from(finding.name)
    return set(Organization.objects.values_list("pk", flat=True))


def _evaluate_for(org: Organization, events: Sequence[Event], shared: Sequence[Finding]) -> None:
    rules = rules_of(org.pk)
    reads = [event for event in events if is_read(event)]
    scenery = Scenery(org.pk, tokens=_tokens_in(events), environments=_environments_in(events))
    looks: list[Callable[[], Iterable[Finding]]] = [
        lambda: [*shared, *_found_in(events)],
        lambda: new_places(org.pk, events),
        lambda: bulk_reads(rules[Kind.BULK_READS], reads),
        lambda: reads_at_odd_hours(org, reads, scenery),
    ]
    for look in looks:
        _apart(org, partial(_judge_and_tell, org, rules, look, scenery))


def _judge_and_tell(
    org: Organization, rules: Mapping[Kind, Standing], look: Callable[[], Iterable[Finding]], scenery: Scenery
) -> None:
    by_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for finding in look():
        by_kind[finding.kind].append(finding)
    for kind, alike in by_kind.items():
        for raised in judge(org, rules[kind], alike, scenery):
            _tell(raised, rules[kind], scenery)


def _tell(raised: Raised, rule: Standing, scenery: Scenery) -> None:
    alert = raised.alert
    if raised.is_new or is_due_again(alert, rule):
        tell(alert, owner=scenery.owner(alert) if rule.standard.tells_owner else None)


def _found_in(events: Sequence[Event]) -> Iterator[Finding]:
    for event in events:
        finding = finding_in(event)
        if finding is not None:
            yield finding


def _tokens_in(events: Sequence[Event]) -> set[UUID]:
    return {token for event in events for token in (event.token_id, event.target_token_id) if token is not None}


def _environments_in(events: Sequence[Event]) -> set[UUID]:
    return {event.environment_id for event in events if event.environment_id is not None}


def _apart(org: Organization, work: Callable[[], None]) -> None:
    """The edge of the loop: what one rule stumbles over must not silence the others, nor hold the place in the log."""
    try:
        with transaction.atomic():
            work()
    except (OperationalError, InterfaceError):  # the batch is undone, and read again
        raise
    except Exception as error:
        places = " < ".join(f"{at.name}:{at.lineno}" for at in reversed(traceback.extract_tb(error.__traceback__)))
        log.error("alerts of %s: %s at %s", org.pk, type(error).__name__, places)
