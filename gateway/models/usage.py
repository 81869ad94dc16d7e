"""What was used through the gateway: each request, and the hour's sums. Both outlive the tokens that they name."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gateway.querysets import HourQuerySet
from keyvault.ids import uuid7
from orgs.models import Organization


class Usage(models.Model):
    """One request, as its worker's journal has it; ``id`` is the request's, so that a line read twice counts once.

    ``line`` is the first of the tokens that this one continues. Spend is in millionths of the price list's currency.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    token = models.UUIDField()
    line = models.UUIDField()
    project = models.UUIDField(null=True)
    environment = models.UUIDField(null=True)
    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=120, blank=True)
    address = models.GenericIPAddressField(null=True)
    ending = models.CharField(max_length=16)
    status = models.PositiveSmallIntegerField()
    bytes_in = models.PositiveBigIntegerField()
    bytes_out = models.PositiveBigIntegerField()
    tokens_in = models.PositiveBigIntegerField()
    tokens_cached = models.PositiveBigIntegerField()  # of those in
    tokens_out = models.PositiveBigIntegerField()
    spend = models.PositiveBigIntegerField()
    estimated = models.BooleanField()
    milliseconds = models.PositiveBigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["org", "token", "id"], name="usage_of_a_token"),
            models.Index(fields=["at"], name="usage_by_age"),
        ]

    def __str__(self) -> str:
        return f"usage {self.pk}"


class Hour(models.Model):
    """The sums of one hour for each token, provider and model; whose the token is, is copied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    token = models.UUIDField()
    person = models.UUIDField(null=True)  # the user, of a member's token
    service = models.UUIDField(null=True)
    project = models.UUIDField(null=True)
    environment = models.UUIDField(null=True)
    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=120, blank=True)
    requests = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
    estimated = models.PositiveBigIntegerField()
    bytes_in = models.PositiveBigIntegerField()
    bytes_out = models.PositiveBigIntegerField()
    tokens_in = models.PositiveBigIntegerField()
    tokens_cached = models.PositiveBigIntegerField()
    tokens_out = models.PositiveBigIntegerField()
    spend = models.PositiveBigIntegerField()
    milliseconds = models.PositiveBigIntegerField()
    slowest = models.PositiveBigIntegerField()  # milliseconds
    latencies = ArrayField(models.PositiveBigIntegerField())  # requests by how long they took: gateway.usage.latency

    objects = HourQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "hour", "token", "provider", "model"], name="one_row_for_each_hour"),
        ]
        indexes = [models.Index(fields=["org", "hour"], name="hours_of_an_org")]

    def __str__(self) -> str:
        return f"{self.token} at {self.hour}"


class Minute(models.Model):
    """What one event will tell, once the minute is over: a token's use of a provider from an address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    minute = models.DateTimeField()
    token = models.UUIDField()
    provider = models.CharField(max_length=63)
    address = models.GenericIPAddressField(null=True)
    requests = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
    tokens = models.PositiveBigIntegerField()
    spend = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "minute", "token", "provider", "address"],
                nulls_distinct=False,
                name="one_row_for_each_minute",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.token} at {self.minute}"
