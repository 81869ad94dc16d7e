"""What the evaluator remembers: how far it has read, and where each token was used from."""

from django.db import models

from keyvault.ids import uuid7
from orgs.models import Organization


class Watch(models.Model):
    """One row. See :mod:`alerts.watching.reading`: numbers are those of PostgreSQL's transactions, never of events."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seen_below = models.BigIntegerField()
    pass_below = models.BigIntegerField(null=True)
    position = models.UUIDField(null=True)
    floor = models.UUIDField()
    born_at = models.DateTimeField()
    began_at = models.DateTimeField()
    wide_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_watch")]

    def __str__(self) -> str:
        return f"read below {self.seen_below}"


class PlaceKind(models.TextChoices):
    NETWORK = "network", "Network"
    CLIENT = "client", "Client"


class Place(models.Model):
    """A network (/24 or /64) or a client's name that a token was used from before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    kind = models.CharField(max_length=7, choices=PlaceKind.choices)
    value = models.CharField(max_length=64)
    event = models.UUIDField()
    first_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "value"], name="places_by_value")]
        constraints = [
            models.UniqueConstraint(fields=["org", "token", "kind", "value"], name="a_place_is_new_once"),
        ]

    def __str__(self) -> str:
        return self.value
