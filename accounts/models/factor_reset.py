"""An operator's wish to take somebody's second factors away: a day later, unless it is stopped."""

from django.db import models

from accounts.models.user import User
from keyvault.ids import uuid7


class FactorReset(models.Model):
    """``outcome`` says how it ended: ``done``, or ``withdrawn`` by an operator or because a factor was used."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factor_resets")
    asked_by_id = models.UUIDField()
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at=None), name="one_factor_reset_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"factor reset of {self.user}, due {self.due_at}"
