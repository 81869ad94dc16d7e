"""What a rule found, and the events that it found it in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alerts.catalogue import STANDARD, Kind, Severity
from alerts.querysets import AlertQuerySet
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models import Organization


class AlertState(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"


class Alert(models.Model):
    """One episode of one thing: until it is resolved or silent for long enough, what is alike counts into it.

    ``subject`` says what it is about, for finding its like (``token:<id>``). ``count`` is what was found so far,
    ``told`` how much of it the channels have heard. What it names may be gone: no foreign keys but the organization's.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)  # of alerts.catalogue, which grows without a migration
    subject = models.CharField(max_length=200)
    severity = models.CharField(max_length=8, choices=[(level.value, level.value) for level in Severity])
    tier = models.CharField(max_length=3, blank=True)
    title = models.CharField(max_length=300)
    sentence = models.TextField(max_length=1000)
    count = models.PositiveBigIntegerField(default=0)
    told = models.PositiveBigIntegerField(default=0)
    told_at = models.DateTimeField(null=True, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    project = models.UUIDField(null=True, blank=True)
    environment = models.UUIDField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    person = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.OPEN)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=254, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=254, blank=True)
    note = models.CharField(max_length=500, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = [
            models.Index(fields=["org", "kind", "subject"], name="alerts_alike"),
            models.Index(fields=["org", "state"], name="alerts_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="alert_of_one_org"),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="alert_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False) | (~Q(state="resolved") & Q(resolved_at=None)),
                name="a_resolved_alert_says_when",
            ),
            models.CheckConstraint(condition=Q(told__lte=models.F("count")), name="no_more_is_told_than_was_found"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def rule(self) -> str:
        """The rule's title."""
        return STANDARD[Kind(self.kind)].title

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.kind))


class Sighting(models.Model):
    """An event that a rule counts, once however often the evaluator reads it. ``weight``: a folded one is many."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=200)
    event = models.UUIDField()
    at = models.DateTimeField()
    weight = models.PositiveBigIntegerField(default=1)
    alert = models.ForeignKey(
        Alert, on_delete=models.SET_NULL, null=True, blank=True, related_name="sightings", db_constraint=False
    )

    class Meta:
        indexes = [models.Index(fields=["org", "kind", "subject", "at"], name="sightings_alike")]
        constraints = [models.UniqueConstraint(fields=["org", "kind", "event"], name="an_event_counts_once_for_a_rule")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.event}"
