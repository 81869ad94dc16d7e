"""Scanners that report what they find to an organization."""

from typing import Self

from django.db import models

from keyvault.actor import Actor
from keyvault.ids import uuid7
from keyvault.keyring.fields import SealedTextField
from keyvault.target import Ref, Target
from orgs.models import Organization


class ScannerQuerySet(models.QuerySet["Scanner"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()


class Scanner(models.Model):
    """``key`` is random and names it in its address; ``secret`` signs what it sends."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=32, unique=True, editable=False)
    secret = SealedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(null=True)

    objects = ScannerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "name"], name="scanner_name_is_unique_in_its_org")]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.name))
