"""A label of the gateway's domain: ``<label>.<domain>`` takes only tokens of its owner or its environment."""

from dataclasses import replace
from typing import ClassVar

from django.db import models

from gateway.querysets import HostLabelQuerySet
from keyvault.ids import uuid7
from keyvault.secrets.models import Environment
from keyvault.target import Ref, Target
from orgs.models import Membership, Organization
from tokens.models import ServiceIdentity


class HostLabel(models.Model):
    """One for each member, service identity or environment; unique in the installation, as host names are."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(max_length=63, unique=True)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    service = models.ForeignKey(
        ServiceIdentity, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HostLabelQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["label"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, service=None, environment=None)
                | models.Q(membership=None, service__isnull=False, environment=None)
                | models.Q(membership=None, service=None, environment__isnull=False),
                name="a_label_is_one_thing_s",
            ),
            models.UniqueConstraint(fields=["membership"], name="one_label_per_member"),
            models.UniqueConstraint(fields=["service"], name="one_label_per_service"),
            models.UniqueConstraint(fields=["environment"], name="one_label_per_environment"),
            models.CheckConstraint(
                condition=models.Q(label__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="a_label_is_a_host_s"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def target(self) -> Target:
        place = self.environment.target if self.environment else Target(org=self.org.ref)
        return replace(place, about=Ref(self.id, self.label))
