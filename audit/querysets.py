"""Which events an actor may look at, and the four usual questions: when, who, which secret, which token."""

import datetime as dt
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from keyvault.actor import Actor
from keyvault.ids import uuid7_floor

if TYPE_CHECKING:
    from audit.models import Event
else:
    Event = models.Model


class EventQuerySet(models.QuerySet[Event]):
    def visible_to(self, actor: Actor) -> Self:
        """The events of the actor's organization, within the project and environment of its token.

        A token limited to paths sees none: the log is not cut by path, and a token never sees wider than it reaches.
        """
        if actor.org_id is None or (actor.token and actor.token.prefixes):
            return self.none()
        events = self.filter(org_id=actor.org_id)
        if actor.token and actor.token.project_id:
            events = events.filter(project_id=actor.token.project_id)
        if actor.token and actor.token.environment_id:
            events = events.filter(environment_id=actor.token.environment_id)
        return events

    def of_organization(self, actor: Actor) -> Self:
        """All of it, whatever the token reaches: to prove by a receipt that an event exists, not to read it."""
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def between(self, start: dt.datetime | None = None, end: dt.datetime | None = None) -> Self:
        """From ``start`` up to but without ``end``, to the millisecond; by key, so that other months stay closed."""
        events = self
        if start:
            events = events.filter(id__gte=uuid7_floor(start))
        if end:
            events = events.filter(id__lt=uuid7_floor(end))
        return events

    def by_actor(self, actor_id: UUID) -> Self:
        return self.filter(actor_id=actor_id)

    def on_secret(self, secret_id: UUID) -> Self:
        return self.filter(secret_id=secret_id)

    def of_token(self, token_id: UUID) -> Self:
        """What was done with the token and what was done to it."""
        return self.filter(Q(token_id=token_id) | Q(target_token_id=token_id))
