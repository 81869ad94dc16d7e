"""Where alerts go."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from alerts.catalogue import Severity
from alerts.querysets import ChannelQuerySet
from keyvault.ids import uuid7
from keyvault.keyring.fields import SealedTextField
from keyvault.target import Ref, Target
from orgs.models import Organization


class ChannelKind(models.TextChoices):
    EMAIL = "email", "Email"
    WEBHOOK = "webhook", "Webhook"


class Mode(models.TextChoices):
    AT_ONCE = "at-once", "At once"
    DAILY = "daily", "One message a day"


class Channel(models.Model):
    """``kinds`` and ``tiers`` say which alerts it carries, none: all; ``least`` the severity from which.

    The default channel is mail to owners and admins; so is any with mail and without ``recipients``. A webhook's
    address is sealed like its secret, because many services put a key into it; ``host`` is shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=ChannelKind.choices)
    name = models.CharField(max_length=120)
    is_default = models.BooleanField(default=False, editable=False)
    enabled = models.BooleanField(default=True)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.AT_ONCE)
    least = models.CharField(
        max_length=8, choices=[(level.value, level.value.title()) for level in Severity], default=Severity.WARNING.value
    )
    kinds = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    tiers = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    recipients = ArrayField(models.EmailField(), default=list, blank=True)
    host = models.CharField(max_length=255, blank=True)
    url = SealedTextField(null=True)
    secret = SealedTextField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="channel_of_one_org"),
            models.UniqueConstraint(fields=["org", "name"], name="channel_name_is_unique_in_its_org"),
            models.UniqueConstraint(
                fields=["org"], condition=Q(is_default=True), name="one_default_channel_an_organization"
            ),
            models.CheckConstraint(
                condition=Q(kind="email", url__isnull=True, secret__isnull=True)
                | Q(kind="webhook", url__isnull=False, secret__isnull=False, recipients=[]),
                name="a_webhook_has_an_address_and_a_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.name))
