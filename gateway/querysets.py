"""Reading the gateway's rows: always through a scope."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models

from keyvault.actor import Actor
from keyvault.target import Ref, Target
from orgs.decide import decide
from orgs.permissions import Action

if TYPE_CHECKING:
    from gateway.models import HostLabel, Hour, Limit, Upstream  # noqa: F401 - for the annotations


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


class HourQuerySet(models.QuerySet["Hour"]):
    def visible_to(self, actor: Actor) -> Self:
        """All of the organization's for those who may see it, within their token's place; else one's own.

        One's own is what a member's or an identity's tokens used, and through a token what that token used.
        """
        if actor.org_id is None:
            return self.none()
        scoped = self._within(actor)
        if decide(Action.LIST_ALL_USAGE, actor=actor, target=_place(actor)).allowed:
            return scoped
        if actor.token:
            return scoped.filter(token=actor.token.token_id)
        return scoped.filter(person=actor.id) if actor.membership_id else self.none()

    def between(self, start: dt.datetime | None, end: dt.datetime | None) -> Self:
        """By the hour in which a request ended; without ``end``'s own hour if it begins there."""
        found = self.filter(hour__gte=start) if start else self
        return found.filter(hour__lt=end) if end else found

    def _within(self, actor: Actor) -> Self:
        scope, found = actor.token, self.filter(org_id=actor.org_id)
        if scope and scope.project_id:
            found = found.filter(project=scope.project_id)
        if scope and scope.environment_id:
            found = found.filter(environment=scope.environment_id)
        return found


def _place(actor: Actor) -> Target:
    """The widest place that the actor's token reaches; only identifiers count for the decision."""
    scope = actor.token
    return Target(
        org=Ref(actor.org_id, "") if actor.org_id else None,
        project=Ref(scope.project_id, "") if scope and scope.project_id else None,
        environment=Ref(scope.environment_id, "") if scope and scope.environment_id else None,
    )
