"""Reading tokens: always through a scope."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from keyvault.actor import Actor
from keyvault.target import Ref, Target
from orgs.decide import decide
from orgs.permissions import Action

if TYPE_CHECKING:
    from tokens.models import AccessToken, ServiceIdentity  # noqa: F401 - for the annotations


class TokenQuerySet(models.QuerySet["AccessToken"]):
    def visible_to(self, actor: Actor) -> Self:
        """What the actor may list, within its token's project and environment; else its own.

        Its own are a member's in a session, and through a token that token alone.
        """
        if actor.org_id is None:
            return self.none()
        scoped = self._within(actor)
        if not decide(Action.LIST_TOKENS, actor=actor, target=_place(actor)).allowed:
            scoped = scoped.filter(pk=actor.token.token_id) if actor.token else scoped._own(actor)
        places = ("org", "project__org", "environment__org", "environment__project__org")
        return scoped.select_related(*places, "membership__user", "service", "keeper__user", "use")

    def live(self, now: dt.datetime | None = None) -> Self:
        """Neither revoked nor expired; paused ones are among them."""
        return self.unrevoked().filter(expires_at__gt=now or timezone.now())

    def unrevoked(self) -> Self:
        return self.exclude(state="revoked")

    def _within(self, actor: Actor) -> Self:
        scoped = self.filter(org_id=actor.org_id)
        if actor.token and actor.token.project_id:
            scoped = scoped.filter(project_id=actor.token.project_id)
        if actor.token and actor.token.environment_id:
            scoped = scoped.filter(environment_id=actor.token.environment_id)
        return scoped

    def _own(self, actor: Actor) -> Self:
        return self.filter(membership_id=actor.membership_id) if actor.membership_id else self.none()


class ServiceIdentityQuerySet(models.QuerySet["ServiceIdentity"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()


def _place(actor: Actor) -> Target:
    """The widest place that the actor's token reaches; only identifiers count for the decision."""
    scope = actor.token
    return Target(
        org=Ref(actor.org_id, "") if actor.org_id else None,
        project=Ref(scope.project_id, "") if scope and scope.project_id else None,
        environment=Ref(scope.environment_id, "") if scope and scope.environment_id else None,
    )
