"""The alerts of the organization, and what people say to them."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.serializers import AlertNoteSerializer, AlertQuery, AlertSerializer, OneAlertSerializer
from alerts.models import Alert
from alerts.services.answering import acknowledge_alert, resolve_alert
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at, reach_of
from orgs.access import require
from orgs.permissions import Action


class Alerts(Endpoint):
    """The newest first; within the project and environment of the token."""

    tag = "alerts"
    ordering = "-id"

    @operation("list_alerts", answers=AlertSerializer(many=True), query=AlertQuery)
    def get(self, request: Request) -> Response:
        asked = self.asked(AlertQuery)
        look(actor=self.actor, action=Action.LIST_ALERTS, on=reach_of(self.actor), details={"by": sorted(asked)})
        return self.page(Alert.objects.visible_to(self.actor).filter(**asked), AlertSerializer)


class AlertView(Endpoint):
    tag = "alerts"

    @operation("get_alert", answers=OneAlertSerializer, refuses=(404,))
    def get(self, request: Request, alert: UUID) -> Response:
        rows = Alert.objects.visible_to(self.actor).select_related("org")
        found = look_at(actor=self.actor, action=Action.LIST_ALERTS, thing=rows.filter(pk=alert).first())
        return Response(OneAlertSerializer(found).data)


class Acknowledgement(Endpoint):
    """Somebody has it: no more of it is told."""

    tag = "alerts"

    @operation("acknowledge_alert", takes=AlertNoteSerializer, answers=AlertSerializer, refuses=(404, 409))
    def put(self, request: Request, alert: UUID) -> Response:
        said, found = self.said(AlertNoteSerializer), find_alert(self, alert, Action.ACKNOWLEDGE_ALERT)
        return Response(AlertSerializer(acknowledge_alert(actor=self.actor, alert=found, note=said["note"])).data)


class Resolution(Endpoint):
    """Settled: what is found from here on is a new alert."""

    tag = "alerts"

    @operation("resolve_alert", takes=AlertNoteSerializer, answers=AlertSerializer, refuses=(404,))
    def put(self, request: Request, alert: UUID) -> Response:
        said, found = self.said(AlertNoteSerializer), find_alert(self, alert, Action.RESOLVE_ALERT)
        return Response(AlertSerializer(resolve_alert(actor=self.actor, alert=found, note=said["note"])).data)


def find_alert(view: Endpoint, alert: UUID, action: Action) -> Alert:
    """Whoever may not do it learns nothing of what there is."""
    found = Alert.objects.visible_to(view.actor).select_related("org").filter(pk=alert).first()
    if found is None:
        require(view.actor, action, reach_of(view.actor))
        raise NotFound
    return found
