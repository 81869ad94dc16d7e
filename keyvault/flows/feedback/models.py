"""What somebody told the operators, and whether one of them has answered."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyvault.ids import uuid7

LONGEST = 4_000  # characters


class State(models.TextChoices):
    NEW = "new", _("New")
    ANSWERED = "answered", _("Answered")


class Feedback(models.Model):
    """``answer_to`` is typed and proven by nobody; ``by`` is copied from whoever was signed in, else empty."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    text = models.TextField(max_length=LONGEST)
    answer_to = models.EmailField(blank=True)
    by = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index("state", F("id").desc(), name="newest_feedback")]
        constraints = [models.CheckConstraint(condition=Q(state__in=State.values), name="feedback_state_is_known")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} ({self.state})"
