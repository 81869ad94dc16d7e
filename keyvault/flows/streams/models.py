"""Where a log is streamed to, and how far it has come."""

from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.entry import INSTANCE
from keyvault.actor import Actor
from keyvault.ids import uuid7
from keyvault.keyring.fields import SealedTextField
from keyvault.target import Ref, Target
from orgs.models import Organization


class StreamKind(models.TextChoices):
    WEBHOOK = "webhook", "Webhook"
    SYSLOG = "syslog", "Syslog"


class StreamQuerySet(models.QuerySet["Stream"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def due(self) -> Self:
        """Neither waiting after a failure nor in another worker's hands."""
        return self.filter(retry_at__lte=Now()).filter(Q(busy_until=None) | Q(busy_until__lt=Now()))


class Stream(models.Model):
    """Of one organization's log, or, without one, of the installation's.

    ``place`` (a URL, or host:port) is sealed, because many services put a key into it; ``host`` is shown. The cursor is
    ``epoch`` and ``next_index``: the leaf that goes next.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", null=True)
    kind = models.CharField(max_length=7, choices=StreamKind.choices)
    name = models.CharField(max_length=120)
    host = models.CharField(max_length=255)
    place = SealedTextField()
    secret = SealedTextField(null=True)
    epoch = models.IntegerField(default=0)
    next_index = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254)
    busy_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(db_default=Now())
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = StreamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["org", "name"], name="stream_name_is_unique_in_its_org", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(kind__in=StreamKind.values), name="stream_kind_is_known"),
            models.CheckConstraint(condition=Q(kind="syslog") | Q(secret__isnull=False), name="a_webhook_is_signed"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def log_id(self) -> UUID:
        return self.org_id or INSTANCE

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref if self.org else None, about=Ref(self.id, self.name))
