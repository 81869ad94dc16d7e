"""Reading secrets: always through a scope. Lists never touch an envelope."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from keyvault.actor import Actor

if TYPE_CHECKING:
    from keyvault.secrets.models import Environment, Grant, Project, Secret  # noqa: F401 - for the annotations


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's organization that its token, if there is one, reaches."""
        if actor.org_id is None:
            return self.none()
        scoped = self.filter(org_id=actor.org_id).select_related("org")
        if actor.token and actor.token.project_id:
            return scoped.filter(pk=actor.token.project_id)
        return scoped


class EnvironmentQuerySet(models.QuerySet["Environment"]):
    def visible_to(self, actor: Actor) -> Self:
        """Every environment of the projects in reach: a token of another one learns the rule, not a 404."""
        if actor.org_id is None:
            return self.none()
        scoped = self.filter(org_id=actor.org_id).select_related("org", "project")
        if actor.token and actor.token.project_id:
            return scoped.filter(project_id=actor.token.project_id)
        return scoped


class SecretQuerySet(models.QuerySet["Secret"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of an environment that was found before, ask ``environment.secrets``: its row is not fetched again."""
        if actor.org_id is None:
            return self.none()
        scoped = self.filter(org_id=actor.org_id)
        if actor.token and actor.token.project_id:
            scoped = scoped.filter(environment__project_id=actor.token.project_id)
        return scoped

    def placed(self) -> Self:
        """With all that their targets name."""
        return self.select_related("environment__project", "environment__org")

    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        """Those that wait for their purge."""
        return self.filter(deleted_at__isnull=False)


class GrantQuerySet(models.QuerySet["Grant"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def held_by(self, actor: Actor) -> Self:
        """Those of the member, and those of the member's teams."""
        if actor.membership_id is None:
            return self.none()
        in_team = Q(team__team_members__membership_id=actor.membership_id)
        return self.visible_to(actor).filter(Q(membership_id=actor.membership_id) | in_team).distinct()


def covered_by(prefixes: tuple[str, ...]) -> Q:
    """Secrets with names that one of the prefixes covers (:func:`orgs.decide.matches`); none given: all."""
    if not prefixes or "" in prefixes:
        return Q()
    covered = Q()
    for prefix in prefixes:
        covered |= Q(name__startswith=prefix[:-1]) if prefix.endswith("*") else Q(name=prefix)
    return covered
