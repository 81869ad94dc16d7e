"""The directory's tokens in the API: read only, because no token makes another way in."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look, reach_of
from orgs.models import ScimToken
from orgs.permissions import Action


class ScimTokenSerializer(serializers.ModelSerializer[ScimToken]):
    class Meta:
        model = ScimToken
        fields = (
            "id",
            "name",
            "display",
            "created_at",
            "issued_by",
            "expires_at",
            "last_used_at",
            "last_address",
            "revoked_at",
            "revoked_by",
        )


class ScimTokens(Endpoint):
    """The tokens that the organization's directory signs in to SCIM with; never their values."""

    tag = "organization"
    ordering = "-id"

    @operation("list_scim_tokens", answers=ScimTokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_SCIM_TOKENS, on=reach_of(self.actor))
        return self.page(ScimToken.objects.visible_to(self.actor), ScimTokenSerializer)
