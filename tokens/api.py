"""Tokens and service identities in the API. A token manages only what it issued itself; people manage in the console."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import Actor, TokenKind
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at, reach_of
from keyvault.secrets.api.places import find_environment, find_project
from orgs.models import Membership, Organization
from orgs.permissions import Action
from tokens import services
from tokens.drafts import Owner
from tokens.models import AccessToken, ServiceIdentity, TokenState
from tokens.querysets import TokenQuerySet
from tokens.serializers import (
    EXPIRED,
    IssuedSerializer,
    NewServiceIdentitySerializer,
    NewTokenSerializer,
    PauseSerializer,
    ReplacementSerializer,
    RevocationSerializer,
    ServiceIdentityChangeSerializer,
    ServiceIdentitySerializer,
    TokenSerializer,
    TokensQuery,
    TokenValueSerializer,
    seconds,
)


class Tokens(Endpoint):
    tag = "tokens"

    @operation("list_tokens", answers=TokenSerializer(many=True), query=TokensQuery)
    def get(self, request: Request) -> Response:
        asked = self.asked(TokensQuery)
        look(actor=self.actor, action=Action.LIST_TOKENS, on=reach_of(self.actor), details=asked)
        return self.page(_matching(AccessToken.objects.visible_to(self.actor), asked), TokenSerializer)

    @operation("issue_token", takes=NewTokenSerializer, answers=IssuedSerializer, status=201, refuses=(404, 409))
    def post(self, request: Request) -> Response:
        """The value is in this answer and nowhere else. The new token is a child of the one that issues it."""
        said = self.said(NewTokenSerializer)
        issued = services.issue_token(
            actor=self.actor,
            kind=TokenKind[said["kind"].upper()],
            owner=_owner(self.actor, said.pop("owner", None)),
            lifetime=seconds(said, "lifetime"),
            **_place(self.actor, said),
            **{name: said[name] for name in _PASSED_ON if name in said},
        )
        return _shown_once(issued)


class Token(Endpoint):
    tag = "tokens"

    @operation("get_token", answers=TokenSerializer, refuses=(404,))
    def get(self, request: Request, token: UUID) -> Response:
        found = AccessToken.objects.visible_to(self.actor).filter(pk=token).first()
        return _shown(look_at(actor=self.actor, action=Action.LIST_TOKENS, thing=found))


class Pause(Endpoint):
    """A paused token is refused until it is resumed; its children go on."""

    tag = "tokens"

    @operation("pause_token", takes=PauseSerializer, answers=TokenSerializer, refuses=(404, 409))
    def put(self, request: Request, token: UUID) -> Response:
        found = _find(self.actor, token)
        return _shown(services.pause_token(actor=self.actor, token=found, **self.said(PauseSerializer)))

    @operation("resume_token", answers=TokenSerializer, refuses=(404, 409))
    def delete(self, request: Request, token: UUID) -> Response:
        return _shown(services.resume_token(actor=self.actor, token=_find(self.actor, token)))


class Revocation(Endpoint):
    """Final, at once, on every surface; what the token issued goes with it."""

    tag = "tokens"

    @operation("revoke_token", takes=RevocationSerializer, answers=TokenSerializer, refuses=(404,))
    def put(self, request: Request, token: UUID) -> Response:
        found = _find(self.actor, token)
        return _shown(services.revoke_token(actor=self.actor, token=found, **self.said(RevocationSerializer)))


class OwnRevocation(Endpoint):
    """The token that the request is made with gives itself up."""

    tag = "tokens"

    @operation("revoke_own_token", takes=RevocationSerializer, answers=TokenSerializer)
    def put(self, request: Request) -> Response:
        mine = _find(self.actor, self.actor.token.token_id if self.actor.token else None)
        return _shown(services.revoke_token(actor=self.actor, token=mine, **self.said(RevocationSerializer)))


class Replacements(Endpoint):
    tag = "tokens"

    @operation(
        "replace_token", takes=ReplacementSerializer, answers=IssuedSerializer, status=201, refuses=(404, 409)
    )
    def post(self, request: Request, token: UUID) -> Response:
        """A new value for the same name and scope; the old one works on for the overlap."""
        found, said = _find(self.actor, token), self.said(ReplacementSerializer)
        issued = services.replace_token(
            actor=self.actor,
            token=found,
            overlap=dt.timedelta(seconds=said["overlap"]),
            lifetime=seconds(said, "lifetime"),
            expires_at=said.get("expires_at"),
        )
        return _shown_once(issued)


class TokenValue(Endpoint):
    tag = "tokens"

    @operation("copy_team_token", answers=TokenValueSerializer, refuses=(404, 409))
    def post(self, request: Request, token: UUID) -> Response:
        """The value of a team token, for those who may copy it. An offer is opened in a session only."""
        found = _find(self.actor, token)
        return Response({"value": _copying(found)(actor=self.actor, token=found)})


class EnvironmentPause(Endpoint):
    """Every token of one environment in one act; tokens that reach beyond it are not its own."""

    tag = "tokens"

    @operation("pause_tokens_of_environment", takes=PauseSerializer, answers=TokenSerializer(many=True), refuses=(404,))
    def put(self, request: Request, project: str, environment: str) -> Response:
        place = find_environment(self.actor, project, environment)
        return _all(
            services.pause_tokens_of_environment(
                actor=self.actor, environment=place, **self.said(PauseSerializer)
            )
        )

    @operation("resume_tokens_of_environment", answers=TokenSerializer(many=True), refuses=(404,))
    def delete(self, request: Request, project: str, environment: str) -> Response:
        place = find_environment(self.actor, project, environment)
        return _all(services.resume_tokens_of_environment(actor=self.actor, environment=place))
