"""Where alerts go, and what became of the messages."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.serializers import (
    ChannelChangeSerializer,
    ChannelSerializer,
    DeliveryQuery,
    DeliverySerializer,
    MadeChannelSerializer,
    NewChannelSerializer,
)
from alerts.models import Channel, Delivery
from alerts.services.channels import change_channel, create_channel, delete_channel, replace_secret
from alerts.services.trying import redeliver, try_channel
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, look_at
from orgs.access import require
from orgs.api.organization import find_organization
from orgs.permissions import Action

_SHOWN = ("org", "channel", "membership__user")


class Channels(Endpoint):
    tag = "alerts"

    @operation("list_alert_channels", answers=ChannelSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_ALERT_CHANNELS, on=find_organization(self.actor).target)
        return self.page(Channel.objects.visible_to(self.actor), ChannelSerializer)

    @operation(
        "create_alert_channel", takes=NewChannelSerializer, answers=MadeChannelSerializer, status=201, refuses=(409,)
    )
    def post(self, request: Request) -> Response:
        """A webhook's secret is in this answer and nowhere else."""
        said, org = self.said(NewChannelSerializer), find_organization(self.actor)
        return Response(MadeChannelSerializer(create_channel(actor=self.actor, org=org, **said)).data, 201)


class ChannelView(Endpoint):
    tag = "alerts"

    @operation("get_alert_channel", answers=ChannelSerializer, refuses=(404,))
    def get(self, request: Request, channel: UUID) -> Response:
        rows = Channel.objects.visible_to(self.actor).select_related("org")
        found = look_at(actor=self.actor, action=Action.LIST_ALERT_CHANNELS, thing=rows.filter(pk=channel).first())
        return Response(ChannelSerializer(found).data)

    @operation("change_alert_channel", takes=ChannelChangeSerializer, answers=ChannelSerializer, refuses=(404, 409))
    def patch(self, request: Request, channel: UUID) -> Response:
        """What is left out stays. The change is itself an alert."""
        said, found = self.said(ChannelChangeSerializer), _find(self, channel, Action.CHANGE_ALERT_CHANNEL)
        return Response(ChannelSerializer(change_channel(actor=self.actor, channel=found, **said)).data)

    @operation("delete_alert_channel", status=204, refuses=(404, 409))
    def delete(self, request: Request, channel: UUID) -> Response:
        """With its deliveries. The default one can only be switched off."""
        delete_channel(actor=self.actor, channel=_find(self, channel, Action.DELETE_ALERT_CHANNEL))
        return Response(status=204)


class ChannelSecret(Endpoint):
    """Another secret for a webhook; the one before counts no more."""

    tag = "alerts"

    @operation("replace_alert_channel_secret", answers=MadeChannelSerializer, status=201, refuses=(404, 409))
    def post(self, request: Request, channel: UUID) -> Response:
        found = _find(self, channel, Action.CHANGE_ALERT_CHANNEL)
        return Response(MadeChannelSerializer(replace_secret(actor=self.actor, channel=found)).data, 201)


class ChannelTest(Endpoint):
    """One message through the channel, now; the answer says what became of it."""

    tag = "alerts"

    @operation("test_alert_channel", answers=DeliverySerializer, status=201, refuses=(404,))
    def post(self, request: Request, channel: UUID) -> Response:
        found = _find(self, channel, Action.TEST_ALERT_CHANNEL)
        return Response(DeliverySerializer(try_channel(actor=self.actor, channel=found)).data, 201)


class Deliveries(Endpoint):
    """The newest first; `state=dead` are those that were given up after a day."""

    tag = "alerts"
    ordering = "-id"

    @operation("list_alert_deliveries", answers=DeliverySerializer(many=True), query=DeliveryQuery)
    def get(self, request: Request) -> Response:
        asked = self.asked(DeliveryQuery)
        target = find_organization(self.actor).target
        look(actor=self.actor, action=Action.LIST_ALERT_CHANNELS, on=target, details={"of": "deliveries"})
        rows = Delivery.objects.visible_to(self.actor).select_related(*_SHOWN).prefetch_related("items")
        return self.page(rows.filter(**asked), DeliverySerializer)


class Redelivery(Endpoint):
    """Another day of attempts for a message that was given up."""

    tag = "alerts"

    @operation("redeliver_alerts", answers=DeliverySerializer, status=201, refuses=(404, 409))
    def post(self, request: Request, delivery: UUID) -> Response:
        found = Delivery.objects.visible_to(self.actor).select_related(*_SHOWN).filter(pk=delivery).first()
        if found is None:
            require(self.actor, Action.REDELIVER_ALERTS, find_organization(self.actor).target)
            raise NotFound
        return Response(DeliverySerializer(redeliver(actor=self.actor, delivery=found)).data, 201)


def _find(view: Endpoint, channel: UUID, action: Action) -> Channel:
    """Whoever may not do it learns nothing of what there is."""
    found = Channel.objects.visible_to(view.actor).select_related("org").filter(pk=channel).first()
    if found is None:
        require(view.actor, action, find_organization(view.actor).target)
        raise NotFound
    return found
