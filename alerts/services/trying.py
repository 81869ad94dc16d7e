"""A test through a channel, at once, so that whoever asks sees what became of it; and sending again."""

from django.utils import timezone

from alerts.models import Channel, Delivery, DeliveryState
from alerts.sending.delivering import conclude, send
from alerts.sending.outcome import Failed
from alerts.sending.queue import enqueue_attempt
from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights
from orgs.permissions import Action


def try_channel(*, actor: Actor, channel: Channel) -> Delivery:
    """One attempt, also through a channel that is switched off. Returns the delivery, which says how it went."""
    with changing_rights(actor, Action.TEST_ALERT_CHANNEL, channel.target) as held:
        now = timezone.now()
        delivery = Delivery.objects.create(
            org_id=channel.org_id, channel=channel, test=True, due_at=now, first_tried_at=now
        )
        record(Action.TEST_ALERT_CHANNEL, actor=held, on=channel.target)
    failed: Failed | None = None
    try:
        send(delivery)
    except Failed as problem:
        failed = problem
    conclude(actor, delivery, failed, may_retry=False)
    delivery.refresh_from_db()
    return delivery


def redeliver(*, actor: Actor, delivery: Delivery) -> Delivery:
    """Another day of attempts for what was given up. Raises Conflict for what was not."""
    with changing_rights(actor, Action.REDELIVER_ALERTS, delivery.target) as held:
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("org", "channel", "membership__user")
        row = rows.filter(pk=delivery.pk, org_id=delivery.org_id).first()
        if row is None:
            raise NotFound
        if row.state != DeliveryState.DEAD or row.test:
            raise Conflict("Only what was given up is sent again.", rule="not-given-up")
        now = timezone.now()
        row.state, row.due_at, row.first_tried_at = DeliveryState.WAITING, now, now
        row.save(update_fields=["state", "due_at", "first_tried_at"])
        enqueue_attempt(row)
        record(Action.REDELIVER_ALERTS, actor=held, on=row.target)
    return row
