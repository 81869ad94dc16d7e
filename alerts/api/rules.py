"""The rules that raise alerts, and the calendar that they go by."""

from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.serializers import (
    CalendarChangeSerializer,
    CalendarSerializer,
    RuleChangeSerializer,
    RuleSerializer,
    RulesSerializer,
)
from alerts.calendars import calendar_of
from alerts.rules import rules_of
from alerts.services.calendars import change_calendar
from alerts.services.rules import change_rule
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look
from orgs.api.organization import find_organization
from orgs.permissions import Action


class Rules(Endpoint):
    """Every rule as it is in this organization."""

    tag = "alerts"

    @operation("get_alert_rules", answers=RulesSerializer)
    def get(self, request: Request) -> Response:
        org = find_organization(self.actor)
        look(actor=self.actor, action=Action.LIST_ALERTS, on=org.target, details={"of": "rules"})
        return Response(RulesSerializer({"results": list(rules_of(org.pk).values())}).data)


class RuleView(Endpoint):
    tag = "alerts"

    @operation("change_alert_rule", takes=RuleChangeSerializer, answers=RuleSerializer, refuses=(404,))
    def patch(self, request: Request, kind: str) -> Response:
        """What is left out stays. The change is itself an alert."""
        said, org = self.said(RuleChangeSerializer), find_organization(self.actor)
        return Response(RuleSerializer(change_rule(actor=self.actor, org=org, kind=kind, **said)).data)


class CalendarView(Endpoint):
    tag = "alerts"

    @operation("get_alert_calendar", answers=CalendarSerializer)
    def get(self, request: Request) -> Response:
        org = find_organization(self.actor)
        look(actor=self.actor, action=Action.LIST_ALERTS, on=org.target, details={"of": "calendar"})
        return Response(CalendarSerializer(calendar_of(org.pk)).data)

    @operation("change_alert_calendar", takes=CalendarChangeSerializer, answers=CalendarSerializer)
    def patch(self, request: Request) -> Response:
        """`days` are weekdays, 1 is Monday. What is left out stays."""
        said, org = self.said(CalendarChangeSerializer), find_organization(self.actor)
        return Response(CalendarSerializer(change_calendar(actor=self.actor, org=org, **said)).data)
