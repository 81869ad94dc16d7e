"""Grants: who may do what with the secrets of which place. Read only, because no token changes who may do what."""

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look, reach_of
from keyvault.secrets.api.serializers import GrantSerializer
from keyvault.secrets.models import Grant
from keyvault.secrets.querysets import GrantQuerySet
from orgs.permissions import Action


class Grants(Endpoint):
    tag = "organization"

    @operation("list_grants", answers=GrantSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_GRANTS, on=reach_of(self.actor))
        return self.page(_within_reach(self.actor), GrantSerializer)


def _within_reach(actor: Actor) -> GrantQuerySet:
    grants = Grant.objects.visible_to(actor).select_related("project", "environment", "membership__user", "team")
    if actor.token and actor.token.project_id:
        grants = grants.filter(project_id=actor.token.project_id)
    if actor.token and actor.token.environment_id:
        grants = grants.filter(environment_id=actor.token.environment_id)
    return grants
