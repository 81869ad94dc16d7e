"""One act on every token of an environment; tokens that reach beyond it are not its own."""

from collections.abc import Sequence

from rest_framework.request import Request
from rest_framework.response import Response

from gateway.acknowledgement import wait_for_workers
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.secrets.api.places import find_environment
from tokens import services
from tokens.api.serializers import ChangedTokensSerializer, PauseSerializer, RevocationSerializer
from tokens.models import AccessToken


class EnvironmentPause(Endpoint):
    tag = "tokens"

    @operation("pause_environment", takes=PauseSerializer, answers=ChangedTokensSerializer, refuses=(404,))
    def put(self, request: Request, project: str, environment: str) -> Response:
        """Those that were active; resuming lets the same ones work again."""
        said, place = self.said(PauseSerializer), find_environment(self.actor, project, environment)
        return _changed(
            services.pause_tokens_of_environment(actor=self.actor, environment=place, reason=said["reason"])
        )

    @operation("resume_environment", answers=ChangedTokensSerializer, refuses=(404,))
    def delete(self, request: Request, project: str, environment: str) -> Response:
        place = find_environment(self.actor, project, environment)
        return _changed(services.resume_tokens_of_environment(actor=self.actor, environment=place))


class EnvironmentRevocations(Endpoint):
    tag = "tokens"

    @operation("revoke_environment", takes=RevocationSerializer, answers=ChangedTokensSerializer, refuses=(404,))
    def post(self, request: Request, project: str, environment: str) -> Response:
        said, place = self.said(RevocationSerializer), find_environment(self.actor, project, environment)
        return _changed(services.revoke_tokens_of_environment(actor=self.actor, environment=place, cause=said["cause"]))


def _changed(tokens: Sequence[AccessToken]) -> Response:
    late = wait_for_workers([token.pk for token in tokens])
    return Response(ChangedTokensSerializer({"tokens": tokens}, context={"late": late}).data)
