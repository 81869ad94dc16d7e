"""Whether what was found is enough for an alert, and whether it belongs to one that stands."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from alerts.catalogue import Kind, Severity
from alerts.models import Alert, AlertState, Sighting
from alerts.rules import Standing
from alerts.watching.findings import Finding
from alerts.watching.scenery import Scenery
from alerts.wording import sentence
from audit.services import record
from keyvault.actor import system
from keyvault.target import Ref, Target
from orgs.models import Organization

RAISE = "alert:raise"
LINKED = 100  # events of an alert that are shown

ACTOR = system("alerts")


@dataclass(frozen=True, slots=True)
class Raised:
    """``owner`` is the membership that hears of it besides the channels."""

    alert: Alert
    is_new: bool


def judge(org: Organization, rule: Standing, findings: Sequence[Finding], scenery: Scenery) -> Iterator[Raised]:
    """Of one kind, each counted once, whatever was read before. In the evaluator's transaction."""
    if not rule.enabled:
        return
    fresh = _uncounted(org, rule.kind, findings)
    for subject, alike in groupby(sorted(fresh, key=lambda each: (each.subject, each.at)), lambda each: each.subject):
        raised = _judge_alike(org, rule, subject, list(alike), scenery)
        if raised is not None:
            yield raised


def standing_alert(org_id: UUID, rule: Standing, subject: str, at: dt.datetime) -> Alert | None:
    """What is alike counts into it, until it is resolved or was silent for longer than its rule says."""
    alike = Alert.objects.unresolved().filter(org_id=org_id, kind=rule.kind, subject=subject)
    return alike.filter(last_at__gte=at - max(rule.silence, rule.span)).order_by("-id").first()


def raise_alert(org: Organization, alert: Alert) -> Raised:
    """The row and its event."""
    alert.org = org
    alert.save(force_insert=True)
    on = Target(
        org=org.ref,
        token=Ref(alert.token, "") if alert.token else None,
        about=Ref(alert.id, alert.kind),
    )
    record(RAISE, actor=ACTOR, on=on, details={"severity": alert.severity, "count": alert.count})
    return Raised(alert, is_new=True)


def _uncounted(org: Organization, kind: Kind, findings: Sequence[Finding]) -> list[Finding]:
    events = {finding.event: finding for finding in findings}
    known = Sighting.objects.filter(org=org, kind=kind, event__in=events).values_list("event", flat=True)
    for event in known:
        del events[event]
    Sighting.objects.bulk_create(
        Sighting(org=org, kind=kind, subject=each.subject, event=each.event, at=each.at, weight=each.weight)
        for each in events.values()
    )
    return list(events.values())


def _judge_alike(
    org: Organization, rule: Standing, subject: str, fresh: list[Finding], scenery: Scenery
) -> Raised | None:
    latest = fresh[-1]
    standing = standing_alert(org.pk, rule, subject, latest.at)
    if standing is not None:
        return _absorb(standing, rule, fresh, scenery)
    rows = Sighting.objects.filter(org=org, kind=rule.kind, subject=subject, alert=None)
    rows = rows.filter(at__gt=latest.at - rule.span, at__lte=latest.at)
    count = latest.total or rows.aggregate(n=Sum("weight"))["n"] or 0
    if count < rule.threshold:
        return None
    first = latest.since or rows.order_by("at").values_list("at", flat=True)[0]
    raised = raise_alert(org, _composed(org, rule, latest, count, first, scenery))
    rows.update(alert=raised.alert)
    return raised


def _absorb(alert: Alert, rule: Standing, fresh: list[Finding], scenery: Scenery) -> Raised:
    latest = fresh[-1]
    severity = _severity(rule, scenery.tier(latest.environment, latest.token), latest)
    alert.count += sum(each.weight for each in fresh)
    alert.last_at = max(alert.last_at, latest.at)
    alert.severity = max(Severity(alert.severity), severity, key=lambda each: each.rank)
    alert.sentence = _sentence(alert.org_id, rule.kind, latest, alert.count, alert.first_at)
    alert.save(update_fields=["count", "last_at", "severity", "sentence"])
    Sighting.objects.filter(org_id=alert.org_id, kind=rule.kind, event__in=[each.event for each in fresh]).update(
        alert=alert
    )
    return Raised(alert, is_new=False)


def _composed(
    org: Organization, rule: Standing, latest: Finding, count: int, first: dt.datetime, scenery: Scenery
) -> Alert:
    token, tier = scenery.token(latest.token), scenery.tier(latest.environment, latest.token)
    name = f": {latest.name}" if latest.name else ""
    return Alert(
        kind=rule.kind.value,
        subject=latest.subject,
        severity=_severity(rule, tier, latest).value,
        tier=tier,
        title=f"{rule.standard.title}{name}"[:300],
        sentence=_sentence(org.pk, rule.kind, latest, count, first),
        count=count,
        first_at=first,
        last_at=latest.at,
        project=latest.project or (token.project if token else None),
        environment=latest.environment or (token.environment if token else None),
        token=latest.token,
        person=latest.person,
        state=AlertState.OPEN,
    )


def _severity(rule: Standing, tier: str, latest: Finding) -> Severity:
    """What the organization has set holds; the standard's is raised by what is urgent."""
    own = rule.severity_in(tier)
    return own if rule.severity else max(own, latest.least, key=lambda level: level.rank)


def _sentence(org_id: UUID, kind: Kind, latest: Finding, count: int, first: dt.datetime) -> str:
    last = max(latest.at, first)
    return sentence(org_id, kind, latest.subject, count=count, first=first, last=last, facts=latest.facts)[:1000]


def is_due_again(alert: Alert, rule: Standing) -> bool:
    """Nobody has looked, there is more of it, and the last word about it is old enough."""
    waited = alert.told_at is None or alert.told_at <= timezone.now() - rule.silence
    return alert.state == AlertState.OPEN and alert.count > alert.told and waited
