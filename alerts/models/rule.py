"""What an organization changed of the rules that come with the product, and its working hours."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from alerts.catalogue import Severity
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models import Organization


class Rule(models.Model):
    """Null: as in :data:`alerts.catalogue.STANDARD`. ``window`` and ``quiet`` are minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    enabled = models.BooleanField(default=True)
    severity = models.CharField(max_length=8, null=True, choices=[(level.value, level.value) for level in Severity])
    threshold = models.PositiveIntegerField(null=True)
    window = models.PositiveIntegerField(null=True)
    quiet = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "kind"], name="a_rule_is_changed_once_in_an_org"),
            models.CheckConstraint(condition=Q(threshold=None) | Q(threshold__gte=1), name="threshold_is_one_at_least"),
            models.CheckConstraint(condition=Q(window=None) | Q(window__gte=1), name="window_is_a_minute_at_least"),
        ]

    def __str__(self) -> str:
        return self.kind


class Calendar(models.Model):
    """When people work: ISO weekdays (Monday: 1) from ``begins`` to ``ends`` in ``time_zone``, but on ``days_off``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    time_zone = models.CharField(max_length=64)
    days = ArrayField(models.PositiveSmallIntegerField())
    begins = models.TimeField()
    ends = models.TimeField()
    days_off = ArrayField(models.DateField(), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org"], name="one_calendar_an_organization"),
            models.CheckConstraint(condition=Q(begins__lt=models.F("ends")), name="a_working_day_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}–{self.ends:%H:%M} {self.time_zone}"

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, "calendar"))
