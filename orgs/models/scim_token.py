"""What an organization's directory signs in with: a token that opens SCIM and nothing else."""

from typing import ClassVar

from django.db import models

from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.organization import Organization
from orgs.querysets import ScimTokenQuerySet


class ScimToken(models.Model):
    """``digest`` is keyed and bound to the row (:mod:`orgs.scim_format`); ``lookup`` is the part that lists show."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="scim_tokens")
    name = models.CharField(max_length=120)
    lookup = models.CharField(max_length=8, db_index=True, editable=False)
    display = models.CharField(max_length=24, editable=False)
    digest = models.BinaryField(editable=False)
    pepper_id = models.UUIDField(editable=False)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.CharField(max_length=254)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_address = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=254, blank=True)

    objects = ScimTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="scim_token_of_one_org"),
            models.UniqueConstraint(fields=["digest"], name="scim_digest_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.display})"

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.name))
