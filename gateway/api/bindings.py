"""What a token stands for at the gateway: the `.env` for its SDKs, and for owners its keys, masked."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.services.keys import show_token_keys
from gateway.snippets import lines_for, written
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look_at
from orgs.permissions import Action
from tokens.api.tokens import find_token
from tokens.models import AccessToken
from tokens.services import copy_team_token


class LineSerializer(serializers.Serializer[Any]):
    provider = serializers.SlugField(source="provider.slug")
    title = serializers.CharField(source="provider.title")
    address = serializers.CharField(help_text="What its SDK takes for a base address.")
    key_variable = serializers.CharField(source="variables.key")
    address_variable = serializers.CharField(source="variables.base")
    is_read = serializers.BooleanField(
        source="variables.read", help_text="Whether its SDK reads the address by itself."
    )


class SnippetSerializer(serializers.Serializer[Any]):
    snippet = serializers.CharField(help_text="The text of a `.env`.")
    providers = LineSerializer(many=True)


class KeySerializer(serializers.Serializer[Any]):
    provider = serializers.SlugField(source="provider.slug")
    title = serializers.CharField(source="provider.title")
    secret = serializers.CharField(source="secret.name")
    version = serializers.IntegerField()
    upstream = serializers.CharField(source="secret.upstream")
    masked = serializers.CharField(help_text="Its beginning and its end; of a short one nothing.")


class KeysSerializer(serializers.Serializer[Any]):
    results = KeySerializer(many=True)


class TokenSnippet(Endpoint):
    tag = "gateway"

    @operation("get_token_snippet", answers=SnippetSerializer, refuses=(404,))
    def get(self, request: Request, token: UUID) -> Response:
        """For the keys that it stands for now, with a placeholder where its value goes: that was shown once."""
        found = AccessToken.objects.visible_to(self.actor).filter(pk=token).first()
        return _snippet(look_at(actor=self.actor, action=Action.LIST_TOKENS, thing=found), None)

    @operation("copy_token_snippet", answers=SnippetSerializer, refuses=(404, 409))
    def post(self, request: Request, token: UUID) -> Response:
        """With a team token's value in it, for those who may copy it."""
        found = find_token(self.actor, token)
        return _snippet(found, copy_team_token(actor=self.actor, token=found))


class TokenKeys(Endpoint):
    tag = "gateway"

    @operation("show_token_keys", answers=KeysSerializer, refuses=(404,))
    def get(self, request: Request, token: UUID) -> Response:
        """Which keys the token stands for, masked: for owners alone."""
        keys = show_token_keys(actor=self.actor, token=find_token(self.actor, token))
        return Response(KeysSerializer({"results": keys}).data)


def _snippet(token: AccessToken, value: str | None) -> Response:
    lines = lines_for(token)
    return Response(SnippetSerializer({"snippet": written(token, lines, value), "providers": lines}).data)
