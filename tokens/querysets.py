"""Reading tokens: always through a scope."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from keyvault.actor import Actor

if TYPE_CHECKING:
    from tokens.models import AccessToken, ServiceIdentity  # noqa: F401 - for the annotations


class TokenQuerySet(models.QuerySet["AccessToken"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the organization; through a token with a project, only that project's."""
        if actor.org_id is None:
            return self.none()
        scoped = self.filter(org_id=actor.org_id)
        if actor.token and actor.token.project_id:
            scoped = scoped.filter(project_id=actor.token.project_id)
        return scoped.select_related(
            "org", "project__org", "environment__org", "environment__project__org", "membership__user", "service", "use"
        )

    def live(self, now: dt.datetime | None = None) -> Self:
        return self.exclude(state="revoked").filter(expires_at__gt=now or timezone.now())


class ServiceIdentityQuerySet(models.QuerySet["ServiceIdentity"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()
