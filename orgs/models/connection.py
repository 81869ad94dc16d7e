"""Single sign-on of an organization: its identity providers, and what their claims make of a person."""

from typing import ClassVar

from django.db import models

from keyvault.actor import Role
from keyvault.ids import uuid7
from keyvault.keyring.fields import SealedTextField
from keyvault.target import Ref, Target
from orgs.models.organization import Organization
from orgs.models.team import Team
from orgs.querysets import ConnectionQuerySet

MAPPED_ROLES = (Role.ADMIN.value, Role.DEVELOPER.value, Role.VIEWER.value)
_CHOICES = [(role, role.title()) for role in MAPPED_ROLES]


class Kind(models.TextChoices):
    OIDC = "oidc", "OpenID Connect"
    SAML = "saml", "SAML 2.0"
    GITHUB = "github", "GitHub"


class Connection(models.Model):
    """An identity provider of one organization. ``configuration`` is JSON whose keys depend on ``kind``.

    ``key`` is random: it names the connection in addresses and in the accounts made through it, so that two providers
    never meet in one account and an address says nothing about the organization.
    ``default_role`` is for people without a mapped role; empty: they are refused. ``trust_unmarked_email`` takes an
    address that the provider does not mark as verified for verified; one that it marks as unverified never is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="connections")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=24, unique=True, editable=False)
    name = models.CharField(max_length=120)
    configuration = SealedTextField()
    enabled = models.BooleanField(default=False)
    default_role = models.CharField(max_length=16, blank=True, choices=_CHOICES)
    trust_unmarked_email = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="connection_of_one_org"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="connection_has_a_known_kind"),
            models.CheckConstraint(
                condition=models.Q(default_role__in=["", *MAPPED_ROLES]), name="sign_on_makes_no_owner_by_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.name))


class RoleMapping(models.Model):
    """Whoever has ``value`` in ``claim`` gets the role; of several mapped roles the highest. Never owner."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="role_mappings", db_constraint=False
    )
    claim = models.CharField(max_length=255)
    value = models.CharField(max_length=255)
    role = models.CharField(max_length=16, choices=_CHOICES)

    class Meta:
        ordering: ClassVar[list[str]] = ["claim", "value"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "claim", "value"], name="a_claim_maps_to_one_role"),
            models.CheckConstraint(condition=models.Q(role__in=MAPPED_ROLES), name="no_claim_maps_to_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.claim}={self.value}: {self.role}"


class TeamMapping(models.Model):
    """Whoever has ``value`` in ``claim`` is in the team, and leaves it at the sign-in without."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="team_mappings", db_constraint=False
    )
    claim = models.CharField(max_length=255)
    value = models.CharField(max_length=255)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="mappings", db_constraint=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["claim", "value"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "claim", "value", "team"], name="a_claim_maps_once_to_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.claim}={self.value}: {self.team}"
