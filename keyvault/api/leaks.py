"""The leak desk in the API: a pasted text, and what of it is the organization's."""

from typing import Any
from urllib.parse import quote

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.fields import Body, Text
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.leaks.reading import LONGEST
from keyvault.flows.leaks.search import search_leaks
from keyvault.secrets.api.serializers import ExposureSerializer
from keyvault.secrets.models import SecretVersion
from tokens.api.serializers import TokenSerializer
from tokens.models import AccessToken


class LeakSearchSerializer(Body):
    text = Text(max_length=LONGEST, help_text="What was found. It is looked at and kept nowhere.")


class LeakedTokenSerializer(TokenSerializer):
    acts = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "acts")

    def get_acts(self, token: AccessToken) -> dict[str, str]:
        """What to do, by its address: `PUT` the revocation, `POST` a replacement."""
        place = f"/api/v1/tokens/{token.pk}"
        return {"revoke": f"{place}/revocation", "replace": f"{place}/replacements"}


class LeakedSecretSerializer(serializers.Serializer[SecretVersion]):
    project = serializers.SlugField(source="secret.environment.project.slug")
    environment = serializers.SlugField(source="secret.environment.slug")
    name = serializers.CharField(source="secret.name")
    version = serializers.IntegerField()
    current = serializers.SerializerMethodField()
    exposures = ExposureSerializer(many=True, help_text="How often, when last and by whom this version was read.")
    acts = serializers.SerializerMethodField()

    def get_current(self, version: SecretVersion) -> bool:
        """Whether this version is the one that is read now."""
        return version.version == version.secret.current

    def get_acts(self, version: SecretVersion) -> dict[str, str]:
        """What to do, by its address: `POST` a rotation, or the erasure of an old version."""
        environment = version.secret.environment
        place = f"/api/v1/projects/{environment.project.slug}/environments/{environment.slug}"
        act = "rotate" if self.get_current(version) else "erase"
        kind = "rotations" if act == "rotate" else "erasures"
        return {act: f"{place}/{kind}/{quote(version.secret.name)}"}


class LeaksSerializer(serializers.Serializer[Any]):
    tokens = LeakedTokenSerializer(many=True)
    secrets = LeakedSecretSerializer(many=True, source="versions")
    others = serializers.IntegerField(help_text="What else is the organization's, and not for you to see.")


class Leaks(Endpoint):
    tag = "leaks"

    @operation("search_leaks", takes=LeakSearchSerializer, answers=LeaksSerializer)
    def post(self, request: Request) -> Response:
        """Matches a text with the digests of tokens and the fingerprints of values. Ten times a minute for each."""
        return Response(
            LeaksSerializer(search_leaks(actor=self.actor, text=self.said(LeakSearchSerializer)["text"])).data
        )
