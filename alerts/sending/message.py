"""What a delivery says, once for mail and webhook; no value, no token and no address with a key in it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from alerts.answers import ticket_for
from alerts.catalogue import Kind, Severity
from alerts.models import Alert, Delivery, DeliveryItem

SHOWN = 50  # of one message; beyond that the log has them


@dataclass(frozen=True, slots=True)
class Line:
    """``fresh`` of the alert's ``count`` are told of here for the first time. ``answer``: where its owner replies."""

    alert: Alert
    fresh: int
    url: str
    answer: str = ""

    @property
    def more(self) -> int:
        """How many there were before: told of already."""
        return self.alert.count - self.fresh


@dataclass(frozen=True, slots=True)
class Message:
    delivery: Delivery
    organization: str
    lines: Sequence[Line]
    unshown: int
    log: str

    @property
    def alerts(self) -> int:
        return len(self.lines) + self.unshown

    @property
    def findings(self) -> int:
        return sum(line.fresh for line in self.lines)


def message_of(delivery: Delivery) -> Message:
    items = sorted(delivery.items.select_related("alert"), key=lambda item: -Severity(item.alert.severity).rank)
    slug = delivery.org.slug
    return Message(
        delivery=delivery,
        organization=delivery.org.name,
        lines=[_line(delivery, slug, item) for item in items[:SHOWN]],
        unshown=max(0, len(items) - SHOWN),
        log=link("alerts", slug),
    )


def link(name: str, *arguments: object) -> str:
    """Made from ``KEYVAULT_URL`` alone; it leads to a page, and only that page's form acts."""
    return f"{settings.KEYVAULT_URL}{reverse(name, args=arguments)}"


def stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _line(delivery: Delivery, slug: str, item: DeliveryItem) -> Line:
    alert = item.alert
    asks = delivery.membership is not None and alert.kind == Kind.NEW_PLACE
    answer = link("answer-alert", slug, ticket_for(alert, delivery.membership)) if asks and delivery.membership else ""
    url = "" if delivery.membership else link("alert", slug, alert.pk)
    return Line(alert=alert, fresh=item.count, url=url, answer=answer)
