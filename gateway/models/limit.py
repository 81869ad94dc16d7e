"""What a token, a project or a whole organization may use at the gateway."""

from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gateway.querysets import LimitQuerySet
from keyvault.ids import uuid7
from keyvault.secrets.models import Project
from keyvault.target import Ref, Target
from orgs.models import Organization
from tokens.models import AccessToken


class Limit(models.Model):
    """For a token, for a project, or with neither for the organization. Null: no limit of this kind.

    ``token`` is the first of its line (:attr:`tokens.models.AccessToken.line`): a replaced token's successor spends
    from the same budget.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(
        AccessToken, on_delete=models.CASCADE, null=True, blank=True, related_name="limits", db_constraint=False
    )
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True)  # a model's, in and out
    concurrent = models.PositiveIntegerField(null=True, blank=True)  # requests under way
    monthly_cents = models.PositiveBigIntegerField(null=True, blank=True)  # hard: refused beyond
    soft_cents = models.PositiveBigIntegerField(null=True, blank=True)  # told beyond
    allowed_models = ArrayField(models.CharField(max_length=120), default=list, blank=True)  # none: any
    allowed_tools = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # of MCP servers; none: any

    objects = LimitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(token=None) | models.Q(project=None), name="a_limit_is_for_a_token_or_a_project"
            ),
            models.UniqueConstraint(
                fields=["org", "token", "project"], nulls_distinct=False, name="one_limit_for_each_thing"
            ),
        ]

    def __str__(self) -> str:
        return f"limit of {self.token or self.project or self.org}"

    @property
    def target(self) -> Target:
        if self.token:
            return replace(self.token.target, about=Ref(self.id, "limit"))
        place = self.project.target if self.project else self.org.target
        return replace(place, about=Ref(self.id, "limit"))
