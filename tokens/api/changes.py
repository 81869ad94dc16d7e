"""Pausing, revoking, replacing and copying one token."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import TokenKind
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from tokens import services
from tokens.api.serializers import (
    ChangedTokenSerializer,
    IssuedSerializer,
    PauseSerializer,
    ReplacementSerializer,
    RevocationSerializer,
    TokenValueSerializer,
    seconds,
)
from tokens.api.tokens import changed, find_token, shown_once
from tokens.models import AccessToken


class Pause(Endpoint):
    """A paused token is refused until it is resumed; its children go on."""

    tag = "tokens"

    @operation("pause_token", takes=PauseSerializer, answers=ChangedTokenSerializer, refuses=(404, 409))
    def put(self, request: Request, token: UUID) -> Response:
        said, found = self.said(PauseSerializer), find_token(self.actor, token)
        return changed(services.pause_token(actor=self.actor, token=found, reason=said["reason"]))

    @operation("resume_token", answers=ChangedTokenSerializer, refuses=(404, 409))
    def delete(self, request: Request, token: UUID) -> Response:
        return changed(services.resume_token(actor=self.actor, token=find_token(self.actor, token)))


class Revocation(Endpoint):
    """Final, at once, on every surface; what the token issued goes with it."""

    tag = "tokens"

    @operation("revoke_token", takes=RevocationSerializer, answers=ChangedTokenSerializer, refuses=(404,))
    def put(self, request: Request, token: UUID) -> Response:
        said, found = self.said(RevocationSerializer), find_token(self.actor, token)
        return changed(services.revoke_token(actor=self.actor, token=found, cause=said["cause"]))


class OwnRevocation(Endpoint):
    """The token that the request is made with gives itself up."""

    tag = "tokens"

    @operation("revoke_own_token", takes=RevocationSerializer, answers=ChangedTokenSerializer)
    def put(self, request: Request) -> Response:
        said, own = self.said(RevocationSerializer), self.actor.token
        found = find_token(self.actor, own.token_id if own else None)
        return changed(services.revoke_token(actor=self.actor, token=found, cause=said["cause"]))


class Replacements(Endpoint):
    tag = "tokens"

    @operation("replace_token", takes=ReplacementSerializer, answers=IssuedSerializer, status=201, refuses=(404, 409))
    def post(self, request: Request, token: UUID) -> Response:
        """A new value for the same name and scope; the old one works on for the overlap."""
        said = self.said(ReplacementSerializer)
        issued = services.replace_token(
            actor=self.actor,
            token=find_token(self.actor, token),
            overlap=dt.timedelta(seconds=said["overlap"]),
            lifetime=seconds(said, "lifetime"),
            expires_at=said.get("expires_at"),
        )
        return shown_once(issued)


class TokenValue(Endpoint):
    tag = "tokens"

    @operation("copy_team_token", answers=TokenValueSerializer, refuses=(404, 409))
    def post(self, request: Request, token: UUID) -> Response:
        """The value of a team token, for those who may copy it. An offer is opened in a session only."""
        found = find_token(self.actor, token)
        return Response({"value": _opening(found)(actor=self.actor, token=found)})


def _opening(token: AccessToken) -> Callable[..., str]:
    return services.open_offer if token.kind == TokenKind.PERSON else services.copy_team_token
