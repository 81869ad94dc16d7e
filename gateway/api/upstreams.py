"""The providers that keys can be bound to: the presets, and the organization's own upstreams."""

from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.upstream_serializers import (
    NewUpstreamSerializer,
    ProvidersSerializer,
    UpstreamChangeSerializer,
    UpstreamSerializer,
)
from gateway.destinations import presets
from gateway.models import Upstream
from gateway.services.upstreams import add_upstream, change_upstream, delete_upstream
from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at, reach_of
from orgs.access import require
from orgs.api.organization import find_organization
from orgs.permissions import Action


class Providers(Endpoint):
    """The presets that come with KeyVault."""

    tag = "gateway"

    @operation("get_providers", answers=ProvidersSerializer)
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_UPSTREAMS, on=reach_of(self.actor), details={"of": "presets"})
        return Response(ProvidersSerializer({"results": list(presets().values())}).data)


class Upstreams(Endpoint):
    """Providers of the organization's own, that are none of the presets."""

    tag = "gateway"
    ordering = "slug"

    @operation("list_upstreams", answers=UpstreamSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_UPSTREAMS, on=reach_of(self.actor))
        return self.page(Upstream.objects.visible_to(self.actor), UpstreamSerializer)

    @operation("add_upstream", takes=NewUpstreamSerializer, answers=UpstreamSerializer, status=201, refuses=(409,))
    def post(self, request: Request) -> Response:
        """A key is bound to it as to a preset, and sealed to its host."""
        said = self.said(NewUpstreamSerializer)
        made = add_upstream(actor=self.actor, org=find_organization(self.actor), **said)
        return Response(UpstreamSerializer(made).data, status=201)


class UpstreamView(Endpoint):
    tag = "gateway"

    @operation("get_upstream", answers=UpstreamSerializer, refuses=(404,))
    def get(self, request: Request, upstream: str) -> Response:
        found = look_at(actor=self.actor, action=Action.LIST_UPSTREAMS, thing=_first(self.actor, upstream))
        return Response(UpstreamSerializer(found).data)

    @operation("change_upstream", takes=UpstreamChangeSerializer, answers=UpstreamSerializer, refuses=(404,))
    def patch(self, request: Request, upstream: str) -> Response:
        """Switched off, it is asked by nobody; its keys stay bound."""
        said, found = self.said(UpstreamChangeSerializer), _find(self.actor, upstream, Action.CHANGE_UPSTREAM)
        return Response(UpstreamSerializer(change_upstream(actor=self.actor, upstream=found, **said)).data)

    @operation("delete_upstream", status=204, refuses=(404, 409))
    def delete(self, request: Request, upstream: str) -> Response:
        delete_upstream(actor=self.actor, upstream=_find(self.actor, upstream, Action.DELETE_UPSTREAM))
        return Response(status=204)


def _first(actor: Actor, slug: str) -> Upstream | None:
    return Upstream.objects.visible_to(actor).filter(slug=slug).first()


def _find(actor: Actor, slug: str, action: Action) -> Upstream:
    """Only who may act learns that something is not there."""
    found = _first(actor, slug)
    if found is None:
        require(actor, action, reach_of(actor))
        raise NotFound
    return found
