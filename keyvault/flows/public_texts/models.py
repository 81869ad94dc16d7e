"""What the operators tell everybody. Each edit is a row of its own: what was in force on a day can be shown later."""

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from keyvault.ids import uuid7

LONGEST = 20_000  # characters


class Name(models.TextChoices):
    PRIVACY = "privacy", _("Privacy")
    TERMS = "terms", _("Terms")


class PublicText(models.Model):
    """The newest of a name is shown; an empty one stands for the text that KeyVault brings. ``by`` is copied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=20, choices=Name.choices)
    text = models.TextField(max_length=LONGEST, blank=True)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index("name", F("id").desc(), name="newest_public_text")]

    def __str__(self) -> str:
        return self.name
