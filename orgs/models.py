"""Organizations, the people in them and their teams. Every row names its organization."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from keyvault.actor import Role
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.querysets import MembershipQuerySet, OrganizationQuerySet, TeamQuerySet


def choices(enum: type) -> list[tuple[str, str]]:
    return [(member.value, member.name.title()) for member in enum]  # type: ignore[attr-defined]  # an Enum class


class Organization(models.Model):
    """The owner of everything. The policy fields bound what its members may set elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    token_max_days = models.PositiveIntegerField(default=365)
    refuse_shared_values = models.BooleanField(default=False)  # the same value in two environments (W7)
    require_reason_in_production = models.BooleanField(default=False)
    team_tokens_in_production = models.BooleanField(default=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(token_max_days__gte=1, token_max_days__lte=3650),
                name="token_policy_is_1_to_3650_days",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.slug)

    @property
    def target(self) -> Target:
        return Target(org=self.ref)


class Membership(models.Model):
    """A person in an organization. ``ended_at`` set: no longer a member; ``ends_on``: the engagement's last day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=choices(Role))
    unit = models.CharField(max_length=120, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="membership_of_one_org"),
            models.UniqueConstraint(
                fields=["org", "user"], condition=models.Q(ended_at=None), name="one_live_membership_per_person"
            ),
            models.CheckConstraint(condition=models.Q(role__in=list(Role)), name="membership_has_a_known_role"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.OWNER) | models.Q(ends_on=None), name="an_owner_has_no_last_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def active(self) -> bool:
        return self.ended_at is None and (self.ends_on is None or self.ends_on >= timezone.now().date())

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.user.email))


class Team(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="teams")
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="team_of_one_org"),
            models.UniqueConstraint(fields=["org", "slug"], name="team_slug_is_unique_in_its_org"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.slug))


class TeamMember(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="team_members", db_constraint=False)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="team_memberships", db_constraint=False
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "membership"], name="member_is_once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.membership} in {self.team}"
