"""Members' sessions, invitations and ends of memberships. Who may do what is only read: no token changes it."""

from typing import Any
from uuid import UUID

import orjson
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at, reach_of
from keyvault.flows.member_sessions import end_members_sessions
from keyvault.flows.offboarding.preview import Preview, preview_offboarding
from orgs.access import require
from orgs.models import Invitation, Membership, Offboarding
from orgs.permissions import Action
from orgs.querysets import InvitationQuerySet, OffboardingQuerySet
from orgs.services.offboardings import is_signed


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    invited_by = serializers.CharField(source="inviter.user.email")
    open = serializers.BooleanField(help_text="It can be accepted: neither closed nor expired.")

    class Meta:
        model = Invitation
        fields = (
            "id",
            "email",
            "role",
            "unit",
            "ends_on",
            "invited_by",
            "created_at",
            "sent_at",
            "expires_at",
            "state",
            "closed_at",
            "open",
        )


class OffboardingSerializer(serializers.ModelSerializer[Offboarding]):
    member = serializers.UUIDField(source="membership_id")
    email = serializers.EmailField(source="membership.user.email")
    successor = serializers.EmailField(source="successor.user.email", allow_null=True, default=None)

    class Meta:
        model = Offboarding
        fields = ("id", "member", "email", "state", "asked_by", "asked_at", "due_at", "done_at", "successor", "reason")


class ReportedOffboardingSerializer(OffboardingSerializer):
    report = serializers.SerializerMethodField()
    signed = serializers.SerializerMethodField()

    class Meta(OffboardingSerializer.Meta):
        fields = (*OffboardingSerializer.Meta.fields, "report", "signed")  # type: ignore[assignment]

    def get_report(self, offboarding: Offboarding) -> dict[str, Any] | None:
        """What was done; null before."""
        told: dict[str, Any] | None = orjson.loads(bytes(offboarding.report)) if offboarding.report else None
        return told

    def get_signed(self, offboarding: Offboarding) -> bool:
        """Whether the report is as it was kept."""
        return is_signed(offboarding)


class PreviewSerializer(serializers.Serializer[Preview]):
    tokens = serializers.ListField(child=serializers.CharField(), help_text="Personal tokens that would be revoked.")
    sessions = serializers.IntegerField(help_text="Browser sessions that would end.")
    grants = serializers.IntegerField()
    teams = serializers.ListField(child=serializers.CharField())
    invitations = serializers.ListField(child=serializers.CharField(), help_text="Open ones that would be withdrawn.")
    shared_tokens = serializers.ListField(child=serializers.CharField(), help_text="Tokens that would be handed over.")
    secrets = serializers.ListField(child=serializers.CharField(), help_text="Secrets that would be handed over.")
    known = serializers.ListField(
        child=serializers.CharField(), help_text="Secrets read in the last 90 days, due for rotation then."
    )
    successor = serializers.EmailField(source="successor.user.email", allow_null=True, default=None)
    refusal = serializers.CharField(help_text="Why it cannot be; empty where it can.")


class Invitations(Endpoint):
    """Who is and was invited; the codes of the links are nowhere."""

    tag = "organization"
    ordering = "-id"

    @operation("list_invitations", answers=InvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_INVITATIONS, on=reach_of(self.actor))
        return self.page(_invitations(self), InvitationSerializer)


class InvitationView(Endpoint):
    tag = "organization"

    @operation("get_invitation", answers=InvitationSerializer, refuses=(404,))
    def get(self, request: Request, invitation: UUID) -> Response:
        found = _invitations(self).filter(pk=invitation).first()
        found = look_at(actor=self.actor, action=Action.LIST_INVITATIONS, thing=found)
        return Response(InvitationSerializer(found).data)


class OffboardingPreview(Endpoint):
    """What the end of the membership would end, hand over and put on the rotation list."""

    tag = "organization"

    @operation("preview_offboarding", answers=PreviewSerializer, refuses=(404,))
    def get(self, request: Request, member: UUID) -> Response:
        rows = Membership.objects.visible_to(self.actor).select_related("org", "user")
        found = rows.filter(pk=member, ended_at=None).first()
        if found is None:  # only who may look learns of the lack
            require(self.actor, Action.PREVIEW_OFFBOARDING, reach_of(self.actor))
            raise NotFound
        return Response(PreviewSerializer(preview_offboarding(actor=self.actor, membership=found)).data)


class EndedSerializer(serializers.Serializer[dict[str, int]]):
    ended = serializers.IntegerField(help_text="Browser sessions that have ended.")


class MembersSessions(Endpoint):
    """A member's browser sessions that reach the organization; a person lists and ends their own at `/sessions`."""

    tag = "organization"

    @operation("end_member_sessions", answers=EndedSerializer, refuses=(404,))
    def delete(self, request: Request, member: UUID) -> Response:
        """All of them: their next request is signed out."""
        rows = Membership.objects.visible_to(self.actor).select_related("org", "user")
        found = rows.filter(pk=member, ended_at=None).first()
        if found is None:
            require(self.actor, Action.END_MEMBERS_SESSIONS, reach_of(self.actor))
            raise NotFound
        return Response({"ended": end_members_sessions(actor=self.actor, membership=found)})


class Offboardings(Endpoint):
    """Planned ends of memberships, and those that were."""

    tag = "organization"
    ordering = "-id"

    @operation("list_offboardings", answers=OffboardingSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_OFFBOARDINGS, on=reach_of(self.actor))
        return self.page(_offboardings(self), OffboardingSerializer)


class OffboardingView(Endpoint):
    """With its report, once it is done."""

    tag = "organization"

    @operation("get_offboarding", answers=ReportedOffboardingSerializer, refuses=(404,))
    def get(self, request: Request, offboarding: UUID) -> Response:
        found = _offboardings(self).filter(pk=offboarding).first()
        found = look_at(actor=self.actor, action=Action.LIST_OFFBOARDINGS, thing=found)
        return Response(ReportedOffboardingSerializer(found).data)


def _invitations(view: Endpoint) -> InvitationQuerySet:
    return Invitation.objects.visible_to(view.actor).select_related("org", "inviter__user")


def _offboardings(view: Endpoint) -> OffboardingQuerySet:
    return Offboarding.objects.visible_to(view.actor).select_related("org", "membership__user", "successor__user")
