"""The log itself: whoever breaks its sealing also silences the rules that read it, so that it is asked directly."""

from django.db import transaction
from django.utils import timezone

from alerts.catalogue import Kind
from alerts.models import Alert, AlertState
from alerts.rules import Standing, rules_of
from alerts.sending.telling import tell
from alerts.watching.judging import ACTOR, is_due_again, raise_alert, standing_alert
from audit.services import record
from audit.standing import notices
from orgs.models import Organization
from orgs.permissions import Action

_SUBJECT = "log"


def look_at_log() -> None:
    """In every organization the same: each has a right to know. Once the log is well again the alert is resolved."""
    troubles = notices()
    for org in Organization.objects.order_by("pk").iterator(chunk_size=500):
        with transaction.atomic(durable=True):
            Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
            if troubles:
                _report(org, " ".join(troubles))
            else:
                _resolve(org)


def _report(org: Organization, trouble: str) -> None:
    rule, now = rules_of(org.pk)[Kind.LOG_BROKEN], timezone.now()
    alert = standing_alert(org.pk, rule, _SUBJECT, now)
    if alert is None:
        tell(raise_alert(org, _composed(rule, trouble)).alert)
        return
    alert.count, alert.last_at, alert.sentence = alert.count + 1, now, trouble[:1000]
    alert.save(update_fields=["count", "last_at", "sentence"])
    if is_due_again(alert, rule):
        tell(alert)


def _composed(rule: Standing, trouble: str) -> Alert:
    now = timezone.now()
    return Alert(
        kind=rule.kind.value,
        subject=_SUBJECT,
        severity=rule.severity_in("").value,
        title=rule.standard.title,
        sentence=trouble[:1000],
        count=1,
        first_at=now,
        last_at=now,
    )


def _resolve(org: Organization) -> None:
    standing = Alert.objects.unresolved().filter(org=org, kind=Kind.LOG_BROKEN, subject=_SUBJECT)
    for alert in standing.select_for_update().select_related("org"):
        alert.state, alert.resolved_at, alert.resolved_by = AlertState.RESOLVED, timezone.now(), ACTOR.name
        alert.note = "The log is sealed again."
        alert.save(update_fields=["state", "resolved_at", "resolved_by", "note"])
        record(Action.RESOLVE_ALERT, actor=ACTOR, on=alert.target, reason=alert.note)
