"""Reading the gateway's rows: always through a scope."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyvault.actor import Actor

if TYPE_CHECKING:
    from gateway.models import HostLabel, Limit, Upstream  # noqa: F401 - for the annotations


class UpstreamQuerySet(models.QuerySet["Upstream"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id).select_related("org") if actor.org_id else self.none()


class HostLabelQuerySet(models.QuerySet["HostLabel"]):
    def visible_to(self, actor: Actor) -> Self:
        if actor.org_id is None:
            return self.none()
        places = ("org", "membership__user", "service", "environment__org", "environment__project__org")
        return self.filter(org_id=actor.org_id).select_related(*places)


class LimitQuerySet(models.QuerySet["Limit"]):
    def visible_to(self, actor: Actor) -> Self:
        """The organization's; within its token's project where it acts by one."""
        if actor.org_id is None:
            return self.none()
        scoped = self.filter(org_id=actor.org_id)
        if actor.token and actor.token.project_id:
            project = actor.token.project_id
            return scoped.filter(models.Q(project_id=project) | models.Q(token__project_id=project))
        return scoped
