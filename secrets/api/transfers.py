"""Copying and moving a value to another environment."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.secrets.api import answers
from keyvault.secrets.api.places import find_environment, find_secret
from keyvault.secrets.api.serializers import DestinationSerializer, SecretSerializer
from keyvault.secrets.models import Environment
from keyvault.secrets.services.moving import copy_secret, move_secret
from orgs.permissions import Action


class Copies(Endpoint):
    tag = "secrets"

    @operation(
        "copy_secret",
        takes=DestinationSerializer,
        answers=SecretSerializer,
        status=201,
        refuses=(404, 409),
        takes_headers=(answers.REASON,),
    )
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """The current value, sealed anew for the other environment. Needs reading here and adding there."""
        said = self.said(DestinationSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.COPY_SECRET)
        way = _destination(self.actor, project, said)
        there = copy_secret(actor=self.actor, secret=found, reason=answers.reason_of(request), **way)
        return Response(SecretSerializer(there.secret).data, status=201)


class Moves(Endpoint):
    tag = "secrets"

    @operation(
        "move_secret",
        takes=DestinationSerializer,
        answers=SecretSerializer,
        status=201,
        refuses=(404, 409),
        takes_headers=(answers.REASON,),
    )
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """As a copy; the source is deleted with it, and can be undeleted for seven days."""
        said = self.said(DestinationSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.MOVE_SECRET)
        way = _destination(self.actor, project, said)
        there = move_secret(actor=self.actor, secret=found, reason=answers.reason_of(request), **way)
        return Response(SecretSerializer(there.secret).data, status=201)


def _destination(actor: Actor, project: str, said: dict[str, Any]) -> dict[str, Any]:
    to: Environment = find_environment(actor, said.get("project", project), said["environment"])
    return {"to": to, "name": said["name"], "as_version": said["as_version"]}
