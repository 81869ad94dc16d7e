"""Single sign-on in the API: read only, because no token changes who may sign in; never a secret of a connection."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look, look_at, reach_of
from orgs.models import Connection, Domain, RoleMapping, TeamMapping
from orgs.permissions import Action
from orgs.querysets import ConnectionQuerySet


class RoleMappingSerializer(serializers.ModelSerializer[RoleMapping]):
    class Meta:
        model = RoleMapping
        fields = ("id", "claim", "value", "role")


class TeamMappingSerializer(serializers.ModelSerializer[TeamMapping]):
    team = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, help_text="Its slug.")

    class Meta:
        model = TeamMapping
        fields = ("id", "claim", "value", "team")


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    default_role = serializers.CharField(help_text="For people without a mapped role; empty: they are refused.")
    role_mappings = RoleMappingSerializer(many=True)
    team_mappings = TeamMappingSerializer(many=True)

    class Meta:
        model = Connection
        fields = (
            "id",
            "kind",
            "key",
            "name",
            "enabled",
            "default_role",
            "trust_unmarked_email",
            "created_at",
            "role_mappings",
            "team_mappings",
        )


class DomainSerializer(serializers.ModelSerializer[Domain]):
    class Meta:
        model = Domain
        fields = ("id", "name", "proof", "proven_at", "created_at")


class Connections(Endpoint):
    """The identity providers that members sign in by, and what their claims make of people."""

    tag = "organization"

    @operation("list_connections", answers=ConnectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_SIGN_ON, on=reach_of(self.actor))
        return self.page(_connections(self), ConnectionSerializer)


class ConnectionView(Endpoint):
    tag = "organization"

    @operation("get_connection", answers=ConnectionSerializer, refuses=(404,))
    def get(self, request: Request, connection: UUID) -> Response:
        found = _connections(self).filter(pk=connection).first()
        found = look_at(actor=self.actor, action=Action.LIST_SIGN_ON, thing=found)
        return Response(ConnectionSerializer(found).data)


class Domains(Endpoint):
    """The mail domains that the organization has claimed, and which of them it has proven."""

    tag = "organization"

    @operation("list_domains", answers=DomainSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_SIGN_ON, on=reach_of(self.actor))
        return self.page(Domain.objects.visible_to(self.actor), DomainSerializer)


def _connections(view: Endpoint) -> ConnectionQuerySet:
    rows = Connection.objects.visible_to(view.actor).select_related("org")
    return rows.prefetch_related("role_mappings", "team_mappings__team")
