"""A mail domain: whose organization proves it, decides how addresses in it sign in."""

from typing import ClassVar

from django.db import models

from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.organization import Organization
from orgs.querysets import DomainQuerySet


class Proof(models.TextChoices):
    """How a domain was proven; empty: only claimed."""

    NONE = "", "Not proven"
    DNS = "dns", "DNS record"
    OPERATOR = "operator", "Operator's approval"


class Domain(models.Model):
    """Several organizations may claim a domain, one proves it. ``challenge`` is what its TXT record must say."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253)
    challenge = models.CharField(max_length=64, editable=False)
    proof = models.CharField(max_length=8, choices=Proof.choices, default=Proof.NONE, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DomainQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["org", "name"], name="an_org_claims_a_domain_once"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(proven_at__isnull=False), name="a_domain_is_proven_by_one_org"
            ),
            models.CheckConstraint(
                condition=models.Q(proof="", proven_at=None)
                | (models.Q(proof__in=["dns", "operator"]) & models.Q(proven_at__isnull=False)),
                name="a_proven_domain_says_how",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.name))
