"""How usage and limits look in the API."""

from typing import Any

from rest_framework import serializers

from gateway.models import Limit
from gateway.queries import BY
from keyvault.api.fields import Body, Query, Text, Whole

_HIGHEST = 2**31 - 1


class UsageQuery(Query):
    since = serializers.DateTimeField(required=False, help_text="From this hour on.")
    until = serializers.DateTimeField(required=False, help_text="Up to, and without, this moment.")
    token = serializers.UUIDField(required=False)
    project = serializers.UUIDField(required=False)
    environment = serializers.UUIDField(required=False)
    provider = serializers.CharField(required=False, max_length=63)
    model = serializers.CharField(required=False, max_length=120)


class SummedQuery(UsageQuery):
    by = serializers.ChoiceField(BY, required=False, default="total")


class ChargebackQuery(Query):
    month = serializers.RegexField(r"\A20\d\d-(0[1-9]|1[0-2])\Z", help_text="For example `2026-11`.")


class SumSerializer(serializers.Serializer[Any]):
    """Spend is in millionths of the price list's currency."""

    key = serializers.CharField(allow_null=True, help_text="The hour, day, token, …; null for the total.")
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment] # the row's word; nothing is validated here
    estimated = serializers.IntegerField(help_text="Requests whose answer did not tell what they took.")
    bytes_in = serializers.IntegerField()
    bytes_out = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_cached = serializers.IntegerField(help_text="Of those in.")
    tokens_out = serializers.IntegerField()
    spend = serializers.IntegerField()
    milliseconds = serializers.IntegerField(help_text="Of all requests together.")
    slowest = serializers.IntegerField(help_text="Milliseconds.")

    def to_representation(self, row: dict[str, Any]) -> dict[str, Any]:
        key = row["key"]
        shown = key.isoformat() if hasattr(key, "isoformat") else None if key is None else str(key)
        return {name: row[name] for name in map(str, self.fields) if name != "key"} | {"key": shown}


class UsageSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    results = SumSerializer(many=True)
    latencies = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Requests that took up to 0.1, 0.3, 1, 3, 10, 30, 100 seconds, and longer.",
    )


class TableSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    content = serializers.CharField(help_text="CSV (RFC 4180).")


class LimitSerializer(serializers.Serializer[Limit]):
    """With neither token nor project: the organization's."""

    id = serializers.UUIDField()
    token = serializers.UUIDField(source="token_id", allow_null=True)
    project = serializers.UUIDField(source="project_id", allow_null=True)
    requests_per_minute = serializers.IntegerField(allow_null=True)
    tokens_per_minute = serializers.IntegerField(allow_null=True)
    concurrent = serializers.IntegerField(allow_null=True)
    monthly_cents = serializers.IntegerField(allow_null=True, help_text="Beyond it requests are refused.")
    soft_cents = serializers.IntegerField(allow_null=True, help_text="Beyond it owners and admins are told.")
    allowed_models = serializers.ListField(child=serializers.CharField(), help_text="None: any.")
    allowed_tools = serializers.ListField(child=serializers.CharField(), help_text="Of MCP servers. None: any.")


def _bound(words: str) -> Whole:
    return Whole(required=False, allow_null=True, min_value=1, max_value=_HIGHEST, help_text=words)


class NewLimitSerializer(Body):
    """Replaces what was set there; what is left out is not limited."""

    token = serializers.UUIDField(required=False, help_text="Of a token; its successors spend from the same budget.")
    project = serializers.UUIDField(required=False, help_text="Of a project. With neither: of the organization.")
    requests_per_minute = _bound("Of all workers together.")
    tokens_per_minute = _bound("A model's, in and out.")
    concurrent = _bound("Requests under way.")
    monthly_cents = _bound("A month's spend by the price list; beyond it requests are refused.")
    soft_cents = _bound("Beyond it owners and admins are told.")
    allowed_models = serializers.ListField(
        child=Text(max_length=120), required=False, max_length=200, help_text="`gpt-4o`, `gpt-4o*` or `openai/gpt-4o`."
    )
    allowed_tools = serializers.ListField(
        child=Text(max_length=200),
        required=False,
        max_length=200,
        help_text="Of MCP servers: `github/list_*`, `*/search`; of methods other than calls `github:resources/*`.",
    )
