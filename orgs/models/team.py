"""A team of an organization, and who is in it."""

from typing import ClassVar

from django.db import models

from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.membership import Membership
from orgs.models.organization import Organization
from orgs.models.source import Source
from orgs.querysets import TeamQuerySet


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
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.MANUAL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "membership"], name="member_is_once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.membership} in {self.team}"
