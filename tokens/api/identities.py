"""Service identities: the named things that are no persons and own tokens."""

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at, reach_of
from orgs.access import require
from orgs.api.organization import find_organization
from orgs.permissions import Action
from tokens import services
from tokens.api.serializers import (
    NewServiceIdentitySerializer,
    RevocationSerializer,
    ServiceIdentityChangeSerializer,
    ServiceIdentitySerializer,
)
from tokens.models import ServiceIdentity


class ServiceIdentities(Endpoint):
    tag = "tokens"
    ordering = "slug"

    @operation("list_service_identities", answers=ServiceIdentitySerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_TOKENS, on=reach_of(self.actor), details={"of": "service-identities"})
        return self.page(ServiceIdentity.objects.visible_to(self.actor), ServiceIdentitySerializer)

    @operation(
        "create_service_identity",
        takes=NewServiceIdentitySerializer,
        answers=ServiceIdentitySerializer,
        status=201,
        refuses=(409,),
    )
    def post(self, request: Request) -> Response:
        said = self.said(NewServiceIdentitySerializer)
        made = services.create_service_identity(actor=self.actor, org=find_organization(self.actor), **said)
        return Response(ServiceIdentitySerializer(made).data, status=201)


class ServiceIdentityView(Endpoint):
    tag = "tokens"

    @operation("get_service_identity", answers=ServiceIdentitySerializer, refuses=(404,))
    def get(self, request: Request, service: str) -> Response:
        found = look_at(actor=self.actor, action=Action.LIST_TOKENS, thing=_first(self.actor, service))
        return Response(ServiceIdentitySerializer(found).data)

    @operation(
        "rename_service_identity",
        takes=ServiceIdentityChangeSerializer,
        answers=ServiceIdentitySerializer,
        refuses=(404,),
    )
    def patch(self, request: Request, service: str) -> Response:
        said, found = self.said(ServiceIdentityChangeSerializer), _find(self.actor, service)
        if "name" in said:
            found = services.rename_service_identity(actor=self.actor, service=found, name=said["name"])
        return Response(ServiceIdentitySerializer(found).data)


class Disablement(Endpoint):
    """For good: the identity acts no more, and all of its tokens are revoked."""

    tag = "tokens"

    @operation(
        "disable_service_identity", takes=RevocationSerializer, answers=ServiceIdentitySerializer, refuses=(404,)
    )
    def put(self, request: Request, service: str) -> Response:
        said, found = self.said(RevocationSerializer), _find(self.actor, service)
        found = services.disable_service_identity(actor=self.actor, service=found, cause=said["cause"])
        return Response(ServiceIdentitySerializer(found).data)


def _first(actor: Actor, service: str) -> ServiceIdentity | None:
    return ServiceIdentity.objects.visible_to(actor).select_related("org").filter(slug=service).first()


def _find(actor: Actor, service: str) -> ServiceIdentity:
    found = _first(actor, service)
    if found is None:
        require(actor, Action.MANAGE_SERVICE_IDENTITY, reach_of(actor))
        raise NotFound
    return found
