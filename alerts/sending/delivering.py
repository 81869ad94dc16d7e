"""One attempt at a delivery, and what follows from how it went."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from alerts.models import Channel, ChannelKind, Delivery, DeliveryState
from alerts.sending.mail import send_mail
from alerts.sending.message import message_of
from alerts.sending.outcome import Failed
from alerts.sending.queue import enqueue_attempt
from alerts.sending.webhook import send_webhook
from audit.services import Outcome, record
from keyvault.actor import Actor

DELIVER_EVENT = "alert:deliver"

GIVEN_UP_AFTER = dt.timedelta(hours=24)
BACK_OFF = tuple(dt.timedelta(seconds=s) for s in (10, 60, 300, 1800, 3600, 7200, 14400, 14400))
"""The waits after the first attempts; from then on the last of them."""


def attempt(actor: Actor, delivery_id: UUID, number: int) -> None:
    """The ``number``-th, counted from nought. Nothing to do where that one has ended already.

    What is sent is sent before it is written down: after a crash in between it is sent once more, under the same id.
    """
    delivery = _begin(delivery_id, number)
    if delivery is None:
        return
    try:
        send(delivery)
    except Failed as failed:
        conclude(actor, delivery, failed)
    else:
        conclude(actor, delivery, None)


def send(delivery: Delivery) -> None:
    """Raises Failed."""
    message = message_of(delivery)
    if delivery.channel is not None and delivery.channel.kind == ChannelKind.WEBHOOK:
        send_webhook(message)
    else:
        send_mail(message)


def conclude(actor: Actor, delivery: Delivery, failed: Failed | None, *, may_retry: bool = True) -> None:
    """The end of an attempt and of the delivery, or when the next attempt is; one event for an end."""
    with transaction.atomic():
        held = Delivery.objects.select_for_update(of=("self",)).filter(pk=delivery.pk).first()
        if held is None or held.attempts != delivery.attempts or held.state != DeliveryState.WAITING:
            return
        now = timezone.now()
        held.attempts += 1
        held.last_error = failed.sentence[:300] if failed else ""
        if failed is None:
            held.state, held.sent_at = DeliveryState.SENT, now
        elif failed.final or not may_retry or _next(held, now) is None:
            held.state = DeliveryState.DEAD
        else:
            held.due_at = _next(held, now) or now
            enqueue_attempt(held)
        held.save(update_fields=["attempts", "last_error", "state", "sent_at", "due_at"])
        _note(held, now)
        if held.state != DeliveryState.WAITING:
            _record(actor, held)


def _begin(delivery_id: UUID, number: int) -> Delivery | None:
    """Held for a moment, so that what joined the message is in it and nothing joins it from here on."""
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("org", "channel", "membership__user")
        delivery = rows.filter(pk=delivery_id, state=DeliveryState.WAITING, attempts=number).first()
        if delivery is not None and delivery.first_tried_at is None:
            delivery.first_tried_at = timezone.now()
            delivery.save(update_fields=["first_tried_at"])
    return delivery


def _next(delivery: Delivery, now: dt.datetime) -> dt.datetime | None:
    """None once the day is over."""
    began = delivery.first_tried_at or now
    again = now + BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1]
    return again if again < began + GIVEN_UP_AFTER else None


def _note(delivery: Delivery, now: dt.datetime) -> None:
    """On the channel: whether it works is what its organization needs to see."""
    channels = Channel.objects.filter(deliveries=delivery)
    if delivery.state == DeliveryState.SENT:
        channels.update(last_sent_at=now, failing_since=None, last_error="")
    else:
        channels.update(last_error=delivery.last_error)
        channels.filter(failing_since=None).update(failing_since=now)


def _record(actor: Actor, delivery: Delivery) -> None:
    outcome = Outcome.SUCCESS if delivery.state == DeliveryState.SENT else Outcome.ERROR
    alerts = delivery.items.count()
    details = {"attempts": delivery.attempts, "alerts": alerts, "test": delivery.test}
    record(DELIVER_EVENT, actor=actor, on=delivery.target, outcome=outcome, reason=delivery.last_error, details=details)
