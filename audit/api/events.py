"""The log in the API: newest first, by who, what, on which secret, with which token, and when."""

import datetime as dt
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.serializers import EventSerializer, EventsQuery
from audit.models import Event
from audit.querysets import EventQuerySet
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, reach_of
from orgs.permissions import Action

_FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # what a key of version 7 can say


class Events(Endpoint):
    tag = "events"
    ordering = "-id"

    @operation("list_events", answers=EventSerializer(many=True), query=EventsQuery)
    def get(self, request: Request) -> Response:
        asked = self.asked(EventsQuery)
        filters = {name: str(value) for name, value in asked.items()}
        look(actor=self.actor, action=Action.LIST_EVENTS, on=reach_of(self.actor), details=filters)
        return self.page(_matching(Event.objects.visible_to(self.actor), asked), EventSerializer)


class EventView(Endpoint):
    tag = "events"

    @operation("get_event", answers=EventSerializer, refuses=(404,))
    def get(self, request: Request, event: UUID) -> Response:
        look(actor=self.actor, action=Action.LIST_EVENTS, on=reach_of(self.actor), details={"event": str(event)})
        found = Event.objects.visible_to(self.actor).filter(pk=event).first()
        if found is None:
            raise NotFound
        return Response(EventSerializer(found).data)


def _matching(events: EventQuerySet, asked: dict[str, Any]) -> EventQuerySet:
    start, end = asked.get("since"), asked.get("until")
    events = events.between(max(start, _FIRST) if start else None, max(end, _FIRST) if end else None)
    if actor := asked.get("actor"):
        events = events.by_actor(actor)
    if secret := asked.get("secret"):
        events = events.on_secret(secret)
    if token := asked.get("token"):
        events = events.of_token(token)
    return events.filter(**{name: asked[name] for name in ("action", "outcome") if name in asked})
