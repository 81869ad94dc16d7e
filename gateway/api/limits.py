"""Limits, budgets and lists of models in the API."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.usage_serializers import LimitSerializer, NewLimitSerializer
from gateway.models import Limit
from gateway.services.limits import Bounds, Subject, remove_limit, set_limit
from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, reach_of
from keyvault.secrets.models import Project
from orgs.access import require
from orgs.api.organization import find_organization
from orgs.names import invalid
from orgs.permissions import Action
from tokens.models import AccessToken


class Limits(Endpoint):
    """Of tokens, projects and the organization. A request must be within all that apply to it."""

    tag = "usage"

    @operation("list_limits", answers=LimitSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_LIMITS, on=reach_of(self.actor))
        return self.page(Limit.objects.visible_to(self.actor), LimitSerializer)

    @operation("set_limit", takes=NewLimitSerializer, answers=LimitSerializer, refuses=(404, 409))
    def put(self, request: Request) -> Response:
        said = self.said(NewLimitSerializer)
        subject = _subject(self.actor, said.pop("token", None), said.pop("project", None))
        said |= {name: tuple(said.get(name, ())) for name in ("allowed_models", "allowed_tools")}
        return Response(LimitSerializer(set_limit(actor=self.actor, on=subject, bounds=Bounds(**said))).data)


class LimitView(Endpoint):
    tag = "usage"

    @operation("remove_limit", status=204, refuses=(404, 409))
    def delete(self, request: Request, limit: UUID) -> Response:
        found = Limit.objects.visible_to(self.actor).select_related("org", "token", "project__org").filter(pk=limit)
        remove_limit(actor=self.actor, limit=_first(self.actor, found, Action.REMOVE_LIMIT))
        return Response(status=204)


def _subject(actor: Actor, token: UUID | None, project: UUID | None) -> Subject:
    if token and project:
        raise invalid("project", "A limit is for a token or for a project.")
    found: Subject = find_organization(actor)
    if token:
        found = _first(actor, AccessToken.objects.visible_to(actor).filter(pk=token), Action.SET_LIMIT)
    if project:
        found = _first(actor, Project.objects.visible_to(actor).filter(pk=project), Action.SET_LIMIT)
    return found


def _first(actor: Actor, found: Any, action: Action) -> Any:
    """Only who may act learns that something is not there."""
    first = found.first()
    if first is None:
        require(actor, action, reach_of(actor))
        raise NotFound
    return first
