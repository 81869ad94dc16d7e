"""Organization, members and teams in the API: read only, because no token changes who may do what."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.explain import explain
from keyvault.flows.looking import look, look_at, reach_of
from orgs.access import require
from orgs.api.serializers import (
    AccessQuery,
    ExplanationsSerializer,
    MemberSerializer,
    OrganizationSerializer,
    TeamSerializer,
    WhoAmISerializer,
)
from orgs.models import Membership, Organization, Team
from orgs.permissions import Action
from orgs.querysets import MembershipQuerySet, TeamQuerySet


class WhoAmI(Endpoint):
    """Who the token acts as, and how far it reaches."""

    tag = "organization"

    @operation("whoami", answers=WhoAmISerializer)
    def get(self, request: Request) -> Response:
        return Response(WhoAmISerializer(self.actor, context={"organization": _organization(self)}).data)


class OrganizationView(Endpoint):
    """The token's organization and its policy."""

    tag = "organization"

    @operation("get_organization", answers=OrganizationSerializer)
    def get(self, request: Request) -> Response:
        return Response(OrganizationSerializer(_organization(self)).data)


class Members(Endpoint):
    tag = "organization"

    @operation("list_members", answers=MemberSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_MEMBERS, on=reach_of(self.actor))
        return self.page(_members(self), MemberSerializer)


class Member(Endpoint):
    tag = "organization"

    @operation("get_member", answers=MemberSerializer, refuses=(404,))
    def get(self, request: Request, member: UUID) -> Response:
        found = _members(self).filter(pk=member).first()
        found = look_at(actor=self.actor, action=Action.LIST_MEMBERS, thing=found)
        return Response(MemberSerializer(found).data)


class Teams(Endpoint):
    tag = "organization"
    ordering = "slug"

    @operation("list_teams", answers=TeamSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_TEAMS, on=reach_of(self.actor))
        return self.page(_teams(self), TeamSerializer)


class TeamView(Endpoint):
    tag = "organization"

    @operation("get_team", answers=TeamSerializer, refuses=(404,))
    def get(self, request: Request, team: str) -> Response:
        found = _teams(self).filter(slug=team).first()
        found = look_at(actor=self.actor, action=Action.LIST_TEAMS, thing=found)
        return Response(TeamSerializer(found).data)


class Access(Endpoint):
    """Why an act is allowed or refused, by which rule, and who can change it."""

    tag = "organization"

    @operation("explain_access", answers=ExplanationsSerializer, query=AccessQuery, refuses=(404,))
    def get(self, request: Request) -> Response:
        """Everybody asks about themselves; about others only who may."""
        asked = self.asked(AccessQuery)
        action = Action(asked.pop("action"))
        found = explain(actor=self.actor, org=find_organization(self.actor), action=action, **asked)
        return Response(ExplanationsSerializer({"results": found}).data)


def _organization(view: Endpoint) -> Organization:
    org = find_organization(view.actor)
    require(view.actor, Action.VIEW_ORGANIZATION, org.target)
    return org


def find_organization(actor: Actor) -> Organization:
    org = Organization.objects.visible_to(actor).first()
    if org is None:
        raise NotFound
    return org


def _members(view: Endpoint) -> MembershipQuerySet:
    return Membership.objects.visible_to(view.actor).active().select_related("user", "org")


def _teams(view: Endpoint) -> TeamQuerySet:
    return Team.objects.visible_to(view.actor).select_related("org").prefetch_related("team_members__membership__user")
