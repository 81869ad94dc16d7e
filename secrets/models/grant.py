"""A grant: what a member or a team may do with the secrets of a project or one of its environments."""

from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.db import models

from keyvault.actor import Verb
from keyvault.ids import uuid7
from keyvault.secrets.models.project import Environment, Project
from keyvault.secrets.querysets import GrantQuerySet
from keyvault.target import Ref, Target
from orgs.decide import GrantFacts
from orgs.models import Membership, Organization, Team


class Grant(models.Model):
    """Without an environment it covers every unprotected one. ``prefix``: see :func:`orgs.decide.matches`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants", db_constraint=False)
    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", db_constraint=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", db_constraint=False
    )
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", db_constraint=False
    )
    verbs = ArrayField(models.CharField(max_length=8))
    prefix = models.CharField(max_length=512, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, team=None) | models.Q(membership=None, team__isnull=False),
                name="a_grant_is_to_a_member_or_a_team",
            ),
            models.UniqueConstraint(
                fields=["project", "environment", "membership", "team", "prefix"],
                nulls_distinct=False,
                name="one_grant_per_holder_and_place",
            ),
            models.CheckConstraint(
                condition=models.Q(verbs__len__gte=1)
                & models.Q(verbs__contained_by=[v.value for v in Verb if v is not Verb.MANAGE]),
                name="a_grant_permits_known_verbs",
            ),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.verbs)} on {self.environment or self.project}"

    @property
    def facts(self) -> GrantFacts:
        verbs = frozenset(Verb(verb) for verb in self.verbs)
        return GrantFacts(self.project_id, self.environment_id, verbs, self.prefix)

    @property
    def target(self) -> Target:
        place = self.environment.target if self.environment else self.project.target
        holder = self.membership.user.email if self.membership else self.team.slug if self.team else ""
        return replace(place, about=Ref(self.id, holder))
