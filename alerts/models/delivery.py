"""A message on its way: to a channel, or to the one person whom an alert concerns."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alerts.models.alert import Alert
from alerts.models.channel import Channel
from alerts.querysets import DeliveryQuerySet
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models import Membership, Organization


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    DEAD = "dead", "Given up"


class Delivery(models.Model):
    """``attempts`` counts those that ended; ``first_tried_at`` begins the day after which it is given up.

    Until the first attempt more alerts may join it, and one message tells of them all. ``test``: a person's trial.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries", db_constraint=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    test = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="deliveries_to_make", condition=Q(state="waiting")),
            models.Index(fields=["org", "channel"], name="deliveries_by_channel"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="delivery_of_one_org"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"),
            models.CheckConstraint(
                condition=Q(channel__isnull=False, membership=None) | Q(channel=None, membership__isnull=False),
                name="a_delivery_goes_to_a_channel_or_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="a_sent_delivery_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"to {self.channel or self.membership} ({self.state})"

    @property
    def target(self) -> Target:
        to = self.channel.name if self.channel else self.membership.user.email if self.membership else ""
        return Target(org=self.org.ref, about=Ref(self.id, to))


class DeliveryItem(models.Model):
    """An alert in a message, with how many findings the message tells of."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items", db_constraint=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="items", db_constraint=False)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "alert"], name="an_alert_is_once_in_a_message"),
        ]

    def __str__(self) -> str:
        return f"{self.alert} ({self.count})"
