"""Putting an alert on its way: which channels carry it, and which message it joins."""

import datetime as dt
from uuid import UUID

from django.utils import timezone

from alerts.calendars import calendar_of, next_morning
from alerts.catalogue import Severity
from alerts.models import Alert, Channel, ChannelKind, Delivery, DeliveryItem, DeliveryState, Mode
from alerts.sending.queue import enqueue_attempt
from keyvault.actor import Role
from orgs.models import Membership

# So many messages within so long go out one by one; what comes beyond waits and is told of in one.
BURST = 5
BURST_WITHIN = dt.timedelta(minutes=10)

_ADMINS = (Role.OWNER.value, Role.ADMIN.value)


def tell(alert: Alert, *, owner: Membership | None = None) -> None:
    """In the transaction that found it. ``owner`` hears of it in person, unless a channel reaches them anyway."""
    fresh = alert.count - alert.told
    channels = [
        channel for channel in Channel.objects.filter(org_id=alert.org_id, enabled=True) if carries(channel, alert)
    ]
    for channel in channels:
        _join(_message_to(alert.org_id, channel, None), alert, fresh)
    if owner is not None and owner.active and not _reached(owner, channels):
        _join(_message_to(alert.org_id, None, owner), alert, fresh)
    alert.told, alert.told_at = alert.count, timezone.now()
    alert.save(update_fields=["told", "told_at"])


def carries(channel: Channel, alert: Alert) -> bool:
    """By rule, tier and severity; what has no tier goes wherever its rule goes."""
    kind_fits = not channel.kinds or alert.kind in channel.kinds
    tier_fits = not channel.tiers or not alert.tier or alert.tier in channel.tiers
    return kind_fits and tier_fits and Severity(alert.severity).rank >= Severity(channel.least).rank


def _reached(owner: Membership, channels: list[Channel]) -> bool:
    to_admins = [each for each in channels if each.kind == ChannelKind.EMAIL and not each.recipients]
    return owner.role in _ADMINS and any(each.mode == Mode.AT_ONCE for each in to_admins)


def _message_to(org_id: UUID, channel: Channel | None, member: Membership | None) -> Delivery:
    """One that waits and was not tried yet takes more in; it is held, so that its first attempt sees all of it."""
    same = Delivery.objects.filter(org_id=org_id, channel=channel, membership=member, test=False)
    waiting = same.select_for_update(of=("self",)).filter(state=DeliveryState.WAITING, first_tried_at=None)
    found = waiting.order_by("id").first()
    if found is not None:
        return found
    recent = same.filter(created_at__gt=timezone.now() - BURST_WITHIN).count()
    due_at = _due_at(channel, recent)
    delivery = Delivery.objects.create(org_id=org_id, channel=channel, membership=member, due_at=due_at)
    enqueue_attempt(delivery)
    return delivery


def _due_at(channel: Channel | None, recent: int) -> dt.datetime:
    now = timezone.now()
    if channel is not None and channel.mode == Mode.DAILY:
        return next_morning(calendar_of(channel.org_id), now)
    return now if recent < BURST else now + BURST_WITHIN


def _join(delivery: Delivery, alert: Alert, fresh: int) -> None:
    item, made = DeliveryItem.objects.get_or_create(
        delivery=delivery, alert=alert, defaults={"org_id": alert.org_id, "count": fresh}
    )
    if not made:
        item.count += fresh
        item.save(update_fields=["count"])
