"""Reading values: one, many, or all of an environment. Every read is an event before it is an answer."""

from collections.abc import Sequence

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.secrets.api import answers
from keyvault.secrets.api.places import find_environment, find_secret
from keyvault.secrets.api.serializers import NamesSerializer, ValueQuery, ValueSerializer, ValuesQuery, ValuesSerializer
from keyvault.secrets.services.revealing import Revealed, reveal_environment, reveal_secret, reveal_secrets
from orgs.permissions import Action


class Value(Endpoint):
    tag = "values"

    @operation(
        "reveal_secret",
        answers=ValueSerializer,
        query=ValueQuery,
        refuses=(404,),
        takes_headers=("KeyVault-Reason", "If-None-Match"),
        headers=("ETag", "KeyVault-Audit"),
        unchanged=True,
    )
    def get(self, request: Request, project: str, environment: str, name: str) -> Response:
        """The current value, or the version asked for. A 304 is recorded like the value itself."""
        asked = self.asked(ValueQuery)
        secret = find_secret(self.actor, project, environment, name, to=Action.REVEAL_SECRET)
        revealed = reveal_secret(
            actor=self.actor, secret=secret, version=asked.get("version"), reason=answers.reason_of(request)
        )
        headers = answers.value_headers(receipt=revealed.receipt, etag=answers.etag_of_versions(self.actor, [revealed]))
        if answers.is_unchanged(request, headers):
            return Response(status=304, headers=headers)
        return Response(answers.one(revealed), headers=headers)


class Values(Endpoint):
    tag = "values"

    @operation(
        "reveal_environment",
        answers=ValuesSerializer,
        query=ValuesQuery,
        refuses=(404,),
        takes_headers=("KeyVault-Reason", "If-None-Match"),
        headers=("ETag",),
        unchanged=True,
    )
    def get(self, request: Request, project: str, environment: str) -> Response:
        """Every current value that the token may read, in one request."""
        asked = self.asked(ValuesQuery)
        return self._answer(
            request,
            reveal_environment(
                actor=self.actor,
                environment=find_environment(self.actor, project, environment),
                prefix=asked["prefix"],
                reason=answers.reason_of(request),
            ),
        )

    @operation(
        "reveal_secrets",
        takes=NamesSerializer,
        answers=ValuesSerializer,
        refuses=(404,),
        takes_headers=("KeyVault-Reason", "If-None-Match"),
        headers=("ETag",),
        unchanged=True,
    )
    def post(self, request: Request, project: str, environment: str) -> Response:
        """The current values of these names, all or none."""
        said = self.said(NamesSerializer)
        return self._answer(
            request,
            reveal_secrets(
                actor=self.actor,
                environment=find_environment(self.actor, project, environment),
                names=said["names"],
                reason=answers.reason_of(request),
            ),
        )

    def _answer(self, request: Request, revealed: Sequence[Revealed]) -> Response:
        headers = {"ETag": answers.etag_of_versions(self.actor, revealed)}
        if answers.is_unchanged(request, headers):
            return Response(status=304, headers=headers)
        return Response(answers.many(revealed), headers=headers)
