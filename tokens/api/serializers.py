"""How tokens and service identities look in the API, and what a request says of a new one."""

import datetime as dt
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gateway.snippets import lines_for, written
from keyvault.actor import TokenKind, Verb
from keyvault.api.fields import Body, Flag, Query, Text, Whole
from tokens.models import AccessToken, ServiceIdentity, TokenState

KINDS = [kind.name.lower() for kind in TokenKind]
EXPIRED = "expired"
STATES = [*TokenState.values, EXPIRED]


class TokenSerializer(serializers.ModelSerializer[AccessToken]):
    """Never the value: `display` is its beginning and its end."""

    kind = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    keeper = serializers.EmailField(
        source="keeper.user.email",
        allow_null=True,
        default=None,
        help_text="The member who answers for a token that is no person's.",
    )
    project = serializers.SlugField(source="project.slug", allow_null=True, default=None)
    environment = serializers.SlugField(source="environment.slug", allow_null=True, default=None)
    verbs = serializers.ListField(child=serializers.ChoiceField([verb.value for verb in Verb]))
    public = serializers.BooleanField(help_text="A team token without an address list: whoever has it can use it.")
    parent = serializers.UUIDField(source="parent_id", allow_null=True)  # type: ignore[assignment] # a field's name
    replaced_by = serializers.UUIDField(source="replaced_by_id", allow_null=True)
    last_used_at = serializers.DateTimeField(source="use.last_at", allow_null=True, default=None)
    last_used_from = serializers.CharField(source="use.address", allow_null=True, default=None)
    last_used_by = serializers.CharField(source="use.agent", allow_null=True, default=None, help_text="User agent.")

    class Meta:
        model = AccessToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "note",
            "kind",
            "display",
            "state",
            "owner",
            "keeper",
            "project",
            "environment",
            "prefixes",
            "verbs",
            "networks",
            "origins",
            "server_calls",
            "websocket",
            "endpoints",
            "public",
            "may_reveal_production",
            "expires_at",
            "parent",
            "created_at",
            "issued_by",
            "paused_at",
            "revoked_at",
            "revoked_by",
            "revoked_cause",
            "replaced_by",
            "last_used_at",
            "last_used_from",
            "last_used_by",
        )

    def get_kind(self, token: AccessToken) -> str:
        """`person`, `service`, `ci` or `team`."""
        return TokenKind(token.kind).name.lower()

    def get_state(self, token: AccessToken) -> str:
        """`active`, `paused`, `revoked` or `expired`."""
        expired = token.state != TokenState.REVOKED and token.expires_at <= timezone.now()
        return EXPIRED if expired else str(token.state)

    def get_owner(self, token: AccessToken) -> str | None:
        """A member's e-mail address or a service identity's slug; null for the whole team."""
        if token.membership:
            return token.membership.user.email
        return token.service.slug if token.service else None


class LateWorkerSerializer(serializers.Serializer[Any]):
    worker = serializers.CharField(help_text="Host and process.")
    until = serializers.DateTimeField(help_text="From then on it serves nobody until it has caught up.")


class InForceSerializer(serializers.Serializer[Any]):
    """The API goes by a change of a token at once; the gateway's workers say when they do."""

    everywhere = serializers.SerializerMethodField()
    late = serializers.SerializerMethodField()

    def get_everywhere(self, changed: object) -> bool:
        """Whether every worker of the gateway goes by the change."""
        return not self.context["late"]

    @extend_schema_field(LateWorkerSerializer(many=True))
    def get_late(self, changed: object) -> Any:
        """Those that may still serve by what was before; the answer waits some seconds for them."""
        return LateWorkerSerializer(self.context["late"], many=True).data


class ChangedTokenSerializer(InForceSerializer, TokenSerializer):
    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "everywhere", "late")


class IssuedSerializer(ChangedTokenSerializer):
    value = serializers.SerializerMethodField("get_shown_value")
    snippet = serializers.SerializerMethodField()

    class Meta(ChangedTokenSerializer.Meta):
        fields = (*ChangedTokenSerializer.Meta.fields, "value", "snippet")

    def get_shown_value(self, token: AccessToken) -> str | None:
        """Shown here and never again; null for an offer, which its holder opens."""
        value: str | None = self.context["value"]
        return value

    def get_snippet(self, token: AccessToken) -> str | None:
        """A `.env` with the value in it, for the gateway; null where the token stands for no key there."""
        value, lines = self.context["value"], lines_for(token)
        return written(token, lines, value) if value and lines else None


class TokenValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()


class TokenNameSerializer(serializers.Serializer[AccessToken]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    display = serializers.CharField()


class ChangedTokensSerializer(InForceSerializer):
    tokens = TokenNameSerializer(many=True)


class TokensQuery(Query):
    state = serializers.ChoiceField(STATES, required=False)
    kind = serializers.ChoiceField(KINDS, required=False)
    owner = serializers.CharField(required=False, help_text="An e-mail address or a service identity's slug.")
    stale = serializers.IntegerField(
        required=False, min_value=1, max_value=3650, help_text="Not used for so many days, or never since it was made."
    )


class LimitsSerializer(Body):
    requests_per_minute = Whole(required=False, min_value=1)
    tokens_per_minute = Whole(required=False, min_value=1, help_text="Of a model, in and out.")
    concurrent = Whole(required=False, min_value=1, help_text="Requests under way.")
    monthly_cents = Whole(required=False, min_value=1, help_text="US cents; beyond it everything is refused.")


class NewTokenSerializer(Body):
    kind = serializers.ChoiceField(KINDS)
    name = Text(help_text="Who uses it, and where.")
    note = Text(default="", allow_blank=True)
    verbs = serializers.ListField(child=Text(), default=list, help_text="list, read, add, rotate, delete, manage.")
    project = Text(required=False)
    environment = Text(required=False, help_text="Of the project.")
    prefixes = serializers.ListField(child=Text(), default=list)
    networks = serializers.ListField(child=Text(), default=list, help_text="CIDR.")
    origins = serializers.ListField(child=Text(), default=list, help_text="Pages, at the gateway.")
    server_calls = Flag(default=False, help_text="Take requests without `Origin` in spite of a list of origins.")
    websocket = Flag(default=False)
    endpoints = serializers.ListField(
        child=Text(), default=list, help_text="At the gateway: `/v1/chat` of any provider, `openai/v1/chat` of one."
    )
    limits = LimitsSerializer(required=False, help_text="At the gateway.")
    may_reveal_production = Flag(default=False)
    expires_at = serializers.DateTimeField(required=False)
    lifetime = Whole(required=False, min_value=60, max_value=3650 * 86_400, help_text="Seconds; or `expires_at`.")
    owner = Text(required=False, help_text="A member's e-mail address or a service identity's slug.")


class NarrowedTokenSerializer(Body):
    verbs = serializers.ListField(child=Text(), required=False)
    prefixes = serializers.ListField(child=Text(), required=False)
    networks = serializers.ListField(child=Text(), required=False, help_text="CIDR.")
    origins = serializers.ListField(child=Text(), required=False, help_text="Pages, at the gateway.")
    endpoints = serializers.ListField(child=Text(), required=False, help_text="At the gateway.")
    server_calls = Flag(required=False)
    websocket = Flag(required=False)
    may_reveal_production = Flag(required=False)
    expires_at = serializers.DateTimeField(required=False, help_text="Earlier than now set.")


class ReplacementSerializer(Body):
    overlap = Whole(default=86_400, min_value=0, max_value=7 * 86_400, help_text="Seconds that the old one works on.")
    expires_at = serializers.DateTimeField(required=False)
    lifetime = Whole(required=False, min_value=60, max_value=3650 * 86_400, help_text="Seconds.")


class PauseSerializer(Body):
    reason = Text(default="", allow_blank=True)


class RevocationSerializer(Body):
    cause = Text(help_text="The log keeps it.")


class ServiceIdentitySerializer(serializers.ModelSerializer[ServiceIdentity]):
    class Meta:
        model = ServiceIdentity
        fields = ("id", "slug", "name", "note", "created_at", "disabled_at")


class NewServiceIdentitySerializer(Body):
    name = Text()
    slug = Text(default="", allow_blank=True, help_text="Made from the name where it is left out.")
    note = Text(default="", allow_blank=True)


class ServiceIdentityChangeSerializer(Body):
    name = Text()


def seconds(said: dict[str, Any], name: str) -> dt.timedelta | None:
    return dt.timedelta(seconds=said[name]) if name in said else None
