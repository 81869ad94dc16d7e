"""A project and its environments."""

from typing import ClassVar

from django.db import models

from keyvault.ids import uuid7
from keyvault.secrets.querysets import EnvironmentQuerySet, ProjectQuerySet
from keyvault.target import Ref, Target, Tier
from orgs.models import Organization


class Project(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="projects")
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=120)
    note = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="project_of_one_org"),
            models.UniqueConstraint(fields=["org", "slug"], name="project_slug_is_unique_in_its_org"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.slug)

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, project=self.ref)


class Environment(models.Model):
    """``tier`` says how serious it is; ``protected`` asks for own grants and a second factor to read values."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="environments", db_constraint=False)
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=120)
    tier = models.CharField(max_length=3, choices=[(tier.value, tier.name.title()) for tier in Tier])
    protected = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="environment_of_one_org"),
            models.UniqueConstraint(fields=["org", "project", "id"], name="environment_of_one_project"),
            models.UniqueConstraint(fields=["project", "slug"], name="environment_slug_is_unique_in_its_project"),
            models.CheckConstraint(condition=models.Q(tier__in=list(Tier)), name="environment_has_a_known_tier"),
            models.CheckConstraint(
                condition=models.Q(protected=True) | ~models.Q(tier=Tier.PRODUCTION), name="production_is_protected"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.slug}/{self.slug}"

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.slug)

    @property
    def target(self) -> Target:
        return Target(
            org=self.org.ref,
            project=self.project.ref,
            environment=self.ref,
            tier=Tier(self.tier),
            protected=self.protected,
        )
