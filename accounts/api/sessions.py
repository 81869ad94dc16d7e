"""Where the person whom the token belongs to is signed in, and the end of a session."""

from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.agents import device_of
from accounts.models import BrowserSession
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look
from keyvault.flows.own_sessions import end_own_session, sessions_visible_to
from orgs.api.organization import find_organization
from orgs.permissions import Action


class SessionSerializer(serializers.ModelSerializer[BrowserSession]):
    device = serializers.SerializerMethodField()
    bound = serializers.SerializerMethodField()

    class Meta:
        model = BrowserSession
        fields = ("id", "device", "agent", "address", "began_at", "seen_at", "bound")

    def get_device(self, session: BrowserSession) -> str:
        """A guess from `agent`, such as `Firefox on Linux`."""
        return device_of(session.agent)

    def get_bound(self, session: BrowserSession) -> bool:
        """Whether it was opened by single sign-on, and so reaches this organization only."""
        return session.sso_org is not None


class Sessions(Endpoint):
    """Browsers in which the token's own person is signed in and that reach the token's organization."""

    tag = "organization"
    ordering = "-id"

    @operation("list_sessions", answers=SessionSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_SESSIONS, on=find_organization(self.actor).target)
        return self.page(sessions_visible_to(self.actor), SessionSerializer)


class SessionView(Endpoint):
    tag = "organization"

    @operation("end_session", status=204, refuses=(404,))
    def delete(self, request: Request, session: UUID) -> Response:
        """Its next request is signed out."""
        found = sessions_visible_to(self.actor).filter(pk=session).first()
        end_own_session(actor=self.actor, org=find_organization(self.actor), session=found)
        return Response(status=204)
