"""The review of unused tokens: the list, keeping one, and exempting one until a day."""

import datetime as dt
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.fields import Body, Text
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look, reach_of
from orgs.permissions import Action
from tokens import services
from tokens.api.serializers import TokenSerializer
from tokens.api.tokens import find_token, shown
from tokens.models import AccessToken
from tokens.staleness import PAUSED_AFTER, listed_for_review


class TokenReviewSerializer(TokenSerializer):
    unused_since = serializers.DateTimeField(help_text="Made, last used or kept, whichever was last.")
    noticed_at = serializers.DateTimeField(source="review.noticed_at", allow_null=True, default=None)
    pause_at = serializers.SerializerMethodField()
    exempt_until = serializers.DateField(source="review.exempt_until", allow_null=True, default=None)
    exempt_reason = serializers.CharField(source="review.exempt_reason", default="")
    exempt_by = serializers.CharField(source="review.exempt_by", default="")

    class Meta(TokenSerializer.Meta):
        fields = (
            *TokenSerializer.Meta.fields,
            "unused_since",
            "noticed_at",
            "pause_at",
            "exempt_until",
            "exempt_reason",
            "exempt_by",
        )

    def get_pause_at(self, token: AccessToken) -> dt.datetime | None:
        """When it is paused unless it is used or kept; null where its owner was not told yet."""
        review = getattr(token, "review", None)
        told = review.noticed_at if review else None
        return told + PAUSED_AFTER if told and told >= token.unused_since else None  # type: ignore[attr-defined]


class ExemptionSerializer(Body):
    reason = Text(help_text="Why it may lie unused. The log keeps it.")
    until = serializers.DateField(help_text="The last day, a year ahead at most.")


class TokenReviews(Endpoint):
    tag = "tokens"

    @operation("list_token_reviews", answers=TokenReviewSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Tokens that nobody uses, those that the review paused, and those that are exempt from it."""
        look(actor=self.actor, action=Action.LIST_TOKENS, on=reach_of(self.actor), details={"of": "reviews"})
        return self.page(listed_for_review(AccessToken.objects.visible_to(self.actor)), TokenReviewSerializer)


class Keep(Endpoint):
    tag = "tokens"

    @operation("keep_token", answers=TokenSerializer, refuses=(404, 409))
    def put(self, request: Request, token: UUID) -> Response:
        """As if it had been used now; one that the review paused works again."""
        return shown(services.keep_token(actor=self.actor, token=find_token(self.actor, token)))


class Exemption(Endpoint):
    tag = "tokens"

    @operation("exempt_token", takes=ExemptionSerializer, answers=TokenSerializer, refuses=(404, 409))
    def put(self, request: Request, token: UUID) -> Response:
        said, found = self.said(ExemptionSerializer), find_token(self.actor, token)
        return shown(services.exempt_token(actor=self.actor, token=found, reason=said["reason"], until=said["until"]))

    @operation("end_exemption", answers=TokenSerializer, refuses=(404, 409))
    def delete(self, request: Request, token: UUID) -> Response:
        return shown(services.end_exemption(actor=self.actor, token=find_token(self.actor, token)))
