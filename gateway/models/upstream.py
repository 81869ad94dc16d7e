"""An organization's own upstream: a provider that is none of the presets."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gateway.querysets import UpstreamQuerySet
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models import Organization


class Upstream(models.Model):
    """Columns as in :class:`gateway.model.Provider`. ``slug`` and ``base`` never change: keys are sealed to its host.

    Its answers are always searched for the key: nobody knows what it echoes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    slug = models.SlugField(max_length=63)
    title = models.CharField(max_length=120)
    base = models.CharField(max_length=300)  # https://host[:port][/prefix]
    slots = ArrayField(models.CharField(max_length=80))
    also = models.JSONField(default=dict, blank=True)  # header name -> name of the secret's field that fills it
    paths = ArrayField(models.CharField(max_length=255))
    denied = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    websocket = models.BooleanField(default=False)
    protocol = models.CharField(max_length=8, default="http")  # gateway.model.WireProtocol
    tools = ArrayField(models.CharField(max_length=136), default=list, blank=True)  # of an MCP server; none: any
    errors = models.CharField(max_length=12, default="openai")
    usage = models.CharField(max_length=12, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)  # since then no request goes there
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254)

    objects = UpstreamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="upstream_of_one_org"),
            models.UniqueConstraint(fields=["org", "slug"], name="upstream_slug_is_unique_in_its_org"),
            models.CheckConstraint(condition=models.Q(slots__len__gte=1), name="an_upstream_takes_its_key_somewhere"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.slug))
