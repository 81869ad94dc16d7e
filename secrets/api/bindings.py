"""Binding a secret to a provider: from then on it serves the gateway alone."""

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.secrets.api.places import find_secret
from keyvault.secrets.api.serializers import BindingSerializer, SecretSerializer
from keyvault.secrets.services.binding import bind_secret
from orgs.permissions import Action


class Bindings(Endpoint):
    tag = "secrets"

    @operation("bind_secret", takes=BindingSerializer, answers=SecretSerializer, refuses=(404, 409, 422))
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """For good: nobody reads it any more. Bound before, to another provider or host, it wants its value again."""
        said = self.said(BindingSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.BIND_SECRET)
        bound = bind_secret(
            actor=self.actor,
            secret=found,
            provider=said["provider"],
            variables=said["variables"],
            value=said.get("stored"),
        )
        return Response(SecretSerializer(bound).data)
