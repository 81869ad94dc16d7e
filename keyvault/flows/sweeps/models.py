"""Runs of sweeps as they were, and what was said once and is not said again."""

from django.db import models
from django.db.models import F

from keyvault.ids import uuid7
from orgs.models import Organization


class SweepRun(models.Model):
    """``result`` counts what was done, or would be; ``more`` was left for the next run. No end: it was cut off."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=40)
    dry = models.BooleanField(default=False)
    by = models.CharField(max_length=254)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    more = models.BooleanField(default=False)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index("name", F("began_at").desc(), name="runs_of_a_sweep")]

    def __str__(self) -> str:
        return f"{self.name} ({'dry' if self.dry else 'done'})"


class Notice(models.Model):
    """That something was said of ``subject``: the same ``kind`` is said again only ``about`` something else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    about = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "about"], name="a_thing_is_said_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"
