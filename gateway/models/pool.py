"""What workers take their shares of: a month's money, a minute's requests, the requests that may be under way."""

from django.db import models

from keyvault.ids import uuid7
from orgs.models import Organization


class Pool(models.Model):
    """Of a token's line, a project or an organization (``subject``), in a period.

    ``used`` is gone; ``leased`` is what workers hold in slices. What may still be taken is the limit less both.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField()
    kind = models.CharField(max_length=10)  # gateway.limits.facts.Kind
    period = models.DateTimeField()  # when it begins; of what has no period the beginning of time
    used = models.BigIntegerField(default=0)
    leased = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="pool_of_one_org"),
            models.UniqueConstraint(fields=["subject", "kind", "period"], name="one_pool_for_each_period"),
            models.CheckConstraint(condition=models.Q(leased__gte=0), name="what_is_leased_is_not_below_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"


class Slice(models.Model):
    """What one worker holds of a pool. It comes back when the worker says so, or when its last journal was read."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="slices", db_constraint=False)
    worker = models.UUIDField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "worker"], name="one_slice_for_each_worker"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="a_slice_is_not_below_nothing"),
        ]

    def __str__(self) -> str:
        return f"slice of {self.pool_id}"
