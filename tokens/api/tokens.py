"""Listing, issuing and showing tokens."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.acknowledgement import wait_for_workers
from keyvault.actor import Actor, TokenKind
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at, reach_of
from keyvault.secrets.api.places import find_environment, find_project
from keyvault.secrets.models import Environment, Project
from orgs.access import require
from orgs.models import Membership
from orgs.names import invalid
from orgs.permissions import Action
from tokens.api.serializers import (
    EXPIRED,
    ChangedTokenSerializer,
    IssuedSerializer,
    NarrowedTokenSerializer,
    NewTokenSerializer,
    TokenSerializer,
    TokensQuery,
    seconds,
)
from tokens.drafts import Owner
from tokens.limits import Limits
from tokens.models import AccessToken, ServiceIdentity, TokenState
from tokens.querysets import TokenQuerySet
from tokens.services import Issued, issue_token, narrow_token

_AS_SAID = (
    "name",
    "note",
    "verbs",
    "prefixes",
    "networks",
    "origins",
    "server_calls",
    "websocket",
    "endpoints",
    "may_reveal_production",
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
        project, environment = _place(self.actor, said)
        issued = issue_token(
            actor=self.actor,
            kind=TokenKind[said["kind"].upper()],
            project=project,
            environment=environment,
            owner=_owner(self.actor, said.get("owner")),
            limits=Limits(**said.get("limits", {})),
            expires_at=said.get("expires_at"),
            lifetime=seconds(said, "lifetime"),
            **{name: said[name] for name in _AS_SAID},
        )
        return shown_once(issued)


class Token(Endpoint):
    tag = "tokens"

    @operation("get_token", answers=TokenSerializer, refuses=(404,))
    def get(self, request: Request, token: UUID) -> Response:
        found = AccessToken.objects.visible_to(self.actor).filter(pk=token).first()
        return shown(look_at(actor=self.actor, action=Action.LIST_TOKENS, thing=found))

    @operation("narrow_token", takes=NarrowedTokenSerializer, answers=ChangedTokenSerializer, refuses=(404, 409))
    def patch(self, request: Request, token: UUID) -> Response:
        """Less than it may now, at once; what is left out stays. More, or longer, is a new token."""
        said, found = self.said(NarrowedTokenSerializer), find_token(self.actor, token)
        return changed(narrow_token(actor=self.actor, token=found, **said))


def find_token(actor: Actor, token: UUID | None) -> AccessToken:
    """Raises NotFound, and NotAllowed where the actor may not even list: it learns nothing of what exists."""
    found = AccessToken.objects.visible_to(actor).filter(pk=token).first() if token else None
    if found is None:
        require(actor, Action.LIST_TOKENS, reach_of(actor))
        raise NotFound
    return found


def shown(token: AccessToken) -> Response:
    return Response(TokenSerializer(token).data)


def changed(token: AccessToken) -> Response:
    """Says whether the gateway goes by it everywhere, and waits a moment for that."""
    return Response(ChangedTokenSerializer(token, context={"late": wait_for_workers([token.pk])}).data)


def shown_once(issued: Issued) -> Response:
    """Waits likewise, so that whoever has the token can use it at the gateway too."""
    context = {"value": issued.value, "late": wait_for_workers([issued.token.pk])}
    return Response(IssuedSerializer(issued.token, context=context).data, status=201)


def _matching(tokens: TokenQuerySet, asked: dict[str, Any]) -> TokenQuerySet:
    if state := asked.get("state"):
        tokens = _in_state(tokens, state)
    if kind := asked.get("kind"):
        tokens = tokens.filter(kind=TokenKind[kind.upper()])
    if owner := asked.get("owner"):
        tokens = tokens.filter(Q(membership__user__email__iexact=owner) | Q(service__slug=owner))
    if days := asked.get("stale"):
        before = timezone.now() - dt.timedelta(days=days)
        tokens = tokens.filter(Q(use__last_at__lt=before) | Q(use=None, created_at__lt=before))
    return tokens


def _in_state(tokens: TokenQuerySet, state: str) -> TokenQuerySet:
    """Expired is the clock's word, so that an active or paused one is not expired."""
    if state == EXPIRED:
        return tokens.unrevoked().filter(expires_at__lte=timezone.now())
    return tokens.filter(state=state) if state == TokenState.REVOKED else tokens.live().filter(state=state)


def _place(actor: Actor, said: dict[str, Any]) -> tuple[Project | None, Environment | None]:
    project, environment = said.get("project"), said.get("environment")
    if project is None and environment is not None:
        raise invalid("project", "An environment is one of a project.")
    if project is None:
        return None, None
    if environment is None:
        return find_project(actor, project), None
    place = find_environment(actor, project, environment)
    return place.project, place


def _owner(actor: Actor, name: str | None) -> Owner | None:
    """E-mail addresses hold an ``@``, slugs never do. Raises NotFound."""
    if name is None:
        return None
    found: Owner | None
    if "@" in name:
        members = Membership.objects.visible_to(actor).active().select_related("org", "user")
        found = members.filter(user__email__iexact=name).first()
    else:
        found = ServiceIdentity.objects.visible_to(actor).select_related("org").filter(slug=name).first()
    if found is None:
        raise NotFound
    return found
