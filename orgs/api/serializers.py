"""How organizations, members and teams look in the API."""

from typing import Any

from rest_framework import serializers

from keyvault.actor import Actor, TokenScope
from keyvault.api.fields import Query
from orgs.models import Membership, Organization, Source, Team
from orgs.permissions import Action


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    class Meta:
        model = Organization
        fields = (
            "id",
            "slug",
            "name",
            "created_at",
            "token_max_days",
            "refuse_shared_values",
            "require_reason_in_production",
            "team_tokens_in_production",
            "mfa_required",
            "idle_minutes",
            "sso_enforced",
            "stale_token_days",
            "found_tokens",
            "found_team_tokens",
            "allowed_networks",
            "networks_confirm_by",
        )


class MemberSerializer(serializers.ModelSerializer[Membership]):
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    user_id = serializers.UUIDField(help_text="The `actor` of this person's events.")
    source = serializers.ChoiceField(  # type: ignore[assignment] # DRF's own attribute of a field, of a serializer none
        Source.choices, help_text="What keeps it; `idp` and `scim` overwrite it."
    )

    class Meta:
        model = Membership
        fields = ("id", "user_id", "email", "name", "role", "unit", "ends_on", "joined_at", "source")


class TeamSerializer(serializers.ModelSerializer[Team]):
    members = serializers.SerializerMethodField()
    sources = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = ("id", "slug", "name", "created_at", "members", "sources")

    def get_sources(self, team: Team) -> dict[str, str]:
        """By e-mail address what keeps the member in it: `manual`, `idp` or `scim`; the latter two overwrite it."""
        return {joined.membership.user.email: joined.source for joined in team.team_members.all()}

    def get_members(self, team: Team) -> list[str]:
        """E-mail addresses."""
        return sorted(joined.membership.user.email for joined in team.team_members.all())


class HeldTokenSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="token_id")
    name = serializers.CharField()
    kind = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField()
    project_id = serializers.UUIDField(allow_null=True)
    environment_id = serializers.UUIDField(allow_null=True)
    prefixes = serializers.ListField(child=serializers.CharField())
    may_reveal_production = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)

    def get_kind(self, token: TokenScope) -> str:
        """`person`, `service` or `ci`."""
        return token.kind.name.lower()

    def get_verbs(self, token: TokenScope) -> list[str]:
        return sorted(token.verbs)


class WhoAmISerializer(serializers.Serializer[Actor]):
    type = serializers.CharField(help_text="`person` or `service`.")
    id = serializers.UUIDField()
    name = serializers.CharField(help_text="A person's e-mail address, a service identity's slug.")
    role = serializers.CharField(allow_null=True, help_text="Null for a service identity.")
    organization = serializers.SerializerMethodField()
    token = HeldTokenSerializer()

    def get_organization(self, actor: Actor) -> str:
        """Its slug."""
        org: Organization = self.context["organization"]
        return org.slug


class AccessQuery(Query):
    action = serializers.ChoiceField(list(Action))
    project = serializers.CharField(default="", allow_blank=True)
    environment = serializers.CharField(default="", allow_blank=True)
    secret = serializers.CharField(default="", allow_blank=True, help_text="It need not exist.")
    subject = serializers.CharField(
        default="", allow_blank=True, help_text="A person's e-mail address, a service's slug, a token; else yourself."
    )


class ConsideredSerializer(serializers.Serializer[Any]):
    holder = serializers.CharField()
    environment = serializers.CharField(allow_null=True)
    verbs = serializers.ListField(child=serializers.CharField())
    prefix = serializers.CharField()
    counts = serializers.BooleanField(help_text="Whether it reaches the place.")


class ExplanationSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField()
    role = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    allowed = serializers.BooleanField()
    rule = serializers.CharField()
    sentence = serializers.CharField()
    remedy = serializers.CharField()
    can_change = serializers.ListField(child=serializers.CharField(), help_text="Who can change a refusal.")
    grants = ConsideredSerializer(many=True)
    token = HeldTokenSerializer(allow_null=True)
    networks = serializers.ListField(child=serializers.CharField())


class ExplanationsSerializer(serializers.Serializer[Any]):
    results = ExplanationSerializer(many=True)
