"""Streams of the organization's log to a SIEM: by whom, where to, how far behind."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.fields import Body, Text
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, reach_of
from keyvault.flows.streams.feeding import behind
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.services import create_stream, delete_stream
from orgs.access import require
from orgs.api.organization import find_organization
from orgs.permissions import Action


class StreamSerializer(serializers.Serializer[Stream]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(StreamKind.values)
    name = serializers.CharField()
    host = serializers.CharField(help_text="Of the place that it goes to, which is shown to nobody again.")
    epoch = serializers.IntegerField()
    next_index = serializers.IntegerField(help_text="The leaf that goes next; what is below it was taken.")
    behind = serializers.SerializerMethodField(help_text="How many events wait to be sent.")
    sent_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="In a row; 0 where all is well.")
    retry_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()

    def get_behind(self, stream: Stream) -> int:
        return behind(stream)


class NewStreamSerializer(Body):
    kind = serializers.ChoiceField(StreamKind.values)
    name = Text(max_length=120)
    place = Text(max_length=2000, help_text="`https://…` for a webhook, `host:port` for syslog (RFC 5424) over TLS.")


class MadeStreamSerializer(StreamSerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Signs a webhook's messages (Standard Webhooks); shown this once."
    )


class Streams(Endpoint):
    tag = "events"
    ordering = "id"

    @operation("list_streams", answers=StreamSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_STREAMS, on=reach_of(self.actor))
        return self.page(Stream.objects.visible_to(self.actor), StreamSerializer)

    @operation("create_stream", takes=NewStreamSerializer, answers=MadeStreamSerializer, status=201, refuses=(409,))
    def post(self, request: Request) -> Response:
        said: dict[str, Any] = self.said(NewStreamSerializer)
        said["kind"] = StreamKind(said["kind"])
        made = create_stream(actor=self.actor, org=find_organization(self.actor), **said)
        return Response({**StreamSerializer(made.stream).data, "secret": made.secret}, status=201)


class StreamView(Endpoint):
    tag = "events"

    @operation("delete_stream", status=204, refuses=(404,))
    def delete(self, request: Request, stream: UUID) -> Response:
        found = Stream.objects.visible_to(self.actor).select_related("org").filter(pk=stream).first()
        if found is None:
            require(self.actor, Action.DELETE_STREAM, reach_of(self.actor))
            raise NotFound
        delete_stream(actor=self.actor, stream=found)
        return Response(status=204)
