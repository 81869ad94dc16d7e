"""How providers and upstreams look in the API, and what a request says of a new one."""

from typing import Any

from rest_framework import serializers

from gateway.destinations import needed_fields
from gateway.model import Provider
from gateway.models import Upstream
from gateway.upstream_form import BASE_LIMIT, ERRORS, PATH_LIMIT, PROTOCOLS, SLOTS, USAGES
from keyvault.api.fields import Body, Flag, Text
from orgs.names import MOST

_PATHS = "Prefixes by whole segments; `*` is any one."
_TOOLS = "Of an MCP server, what may be called: `search`, `list_*`, other methods as `:resources/*`. None: anything."
_ALSO = 'Further headers, and the field of the key\'s value that fills each: `{"X-App-Id": "app_id"}`.'


class ProviderSerializer(serializers.Serializer[Provider]):
    """A preset that comes with KeyVault."""

    slug = serializers.SlugField()
    title = serializers.CharField()
    base = serializers.CharField()
    variables = serializers.ListField(child=serializers.CharField(), help_text="Filled in where a key is bound.")
    needs = serializers.SerializerMethodField()
    slots = serializers.ListField(child=serializers.CharField(), help_text=f"Where it takes the key: {SLOTS}.")
    paths = serializers.ListField(child=serializers.CharField(), help_text=_PATHS)
    denied = serializers.ListField(child=serializers.CharField())
    websocket = serializers.BooleanField()
    protocol = serializers.CharField(help_text="`http` or `mcp`.")
    mark = serializers.CharField(help_text="`verified`, `documented` or `unverified`.")

    def get_needs(self, provider: Provider) -> list[str]:
        """The fields that a key's value has besides `key`; none where a text will do."""
        return needed_fields(provider)


class ProvidersSerializer(serializers.Serializer[Any]):
    results = ProviderSerializer(many=True)


class UpstreamSerializer(serializers.ModelSerializer[Upstream]):
    enabled = serializers.SerializerMethodField()

    class Meta:
        model = Upstream
        fields = (
            "id",
            "slug",
            "title",
            "base",
            "slots",
            "also",
            "paths",
            "denied",
            "websocket",
            "protocol",
            "tools",
            "errors",
            "usage",
            "enabled",
            "created_at",
            "created_by",
        )

    def get_enabled(self, upstream: Upstream) -> bool:
        return upstream.disabled_at is None


def _paths(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=PATH_LIMIT), max_length=MOST, help_text=_PATHS, **options)


class UpstreamChangeSerializer(Body):
    """What is left out stays; name and address are for good."""

    title = Text()
    slots = serializers.ListField(child=Text(max_length=80), help_text=f"The first is the usual one: {SLOTS}.")
    also = serializers.DictField(child=Text(max_length=64), required=False, help_text=_ALSO)
    paths = _paths(required=False)
    denied = _paths(required=False)
    websocket = Flag(required=False)
    protocol = serializers.ChoiceField(PROTOCOLS, required=False, help_text="`mcp`: JSON-RPC over streamable HTTP.")
    tools = serializers.ListField(child=Text(max_length=136), required=False, max_length=MOST, help_text=_TOOLS)
    errors = serializers.ChoiceField(  # type: ignore[assignment] # the row's word
        ERRORS, required=False, help_text="The shape of refusals."
    )
    usage = serializers.ChoiceField(USAGES, required=False, help_text="How answers tell what they took; empty: not.")
    enabled = Flag(required=False)


class NewUpstreamSerializer(UpstreamChangeSerializer):
    slug = Text(help_text="Its name in addresses; no preset's.")
    base = Text(max_length=BASE_LIMIT, help_text="`https://host[:port][/prefix]`, for good.")
    enabled = None  # type: ignore[assignment] # it begins switched on
