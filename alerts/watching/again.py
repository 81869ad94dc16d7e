"""What went on after it was told: once its rule's quiet is over, one message says how much more there was."""

from django.db import transaction
from django.db.models import F

from alerts.catalogue import Kind
from alerts.models import Alert
from alerts.rules import rules_of
from alerts.sending.telling import tell
from alerts.watching.judging import is_due_again

_MOST = 200  # at one look


def tell_of_more() -> int:
    told = 0
    waiting = Alert.objects.open().filter(count__gt=F("told")).order_by("told_at")
    for alert_id in list(waiting.values_list("pk", flat=True)[:_MOST]):
        with transaction.atomic(durable=True):
            alert = Alert.objects.select_for_update(skip_locked=True).filter(pk=alert_id).first()
            if alert is not None and is_due_again(alert, rules_of(alert.org_id)[Kind(alert.kind)]):
                tell(alert)
                told += 1
    return told
