"""Scanners that report found tokens: listed, connected, disconnected."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.fields import Body, Text
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.leaks.models import Scanner
from keyvault.flows.leaks.scanners import connect_scanner, disconnect_scanner
from keyvault.flows.looking import look, reach_of
from orgs.access import require
from orgs.api.organization import find_organization
from orgs.permissions import Action


class ScannerSerializer(serializers.ModelSerializer[Scanner]):
    class Meta:
        model = Scanner
        fields: tuple[str, ...] = ("id", "name", "created_at", "last_at")


class ConnectedScannerSerializer(ScannerSerializer):
    url = serializers.SerializerMethodField()
    secret = serializers.SerializerMethodField("get_shown_secret")

    class Meta(ScannerSerializer.Meta):
        fields = (*ScannerSerializer.Meta.fields, "url", "secret")

    def get_url(self, scanner: Scanner) -> str:
        """Where it sends its alerts."""
        return f"{settings.KEYVAULT_URL}{reverse('github-alert', args=[scanner.key])}"

    def get_shown_secret(self, scanner: Scanner) -> str:
        """Shown here and never again."""
        secret: str = self.context["secret"]
        return secret


class NewScannerSerializer(Body):
    name = Text(help_text="Which scanner, of which repositories.")


class Scanners(Endpoint):
    tag = "leaks"

    @operation("list_scanners", answers=ScannerSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_SCANNERS, on=reach_of(self.actor))
        return self.page(Scanner.objects.visible_to(self.actor), ScannerSerializer)

    @operation(
        "connect_scanner", takes=NewScannerSerializer, answers=ConnectedScannerSerializer, status=201, refuses=(409,)
    )
    def post(self, request: Request) -> Response:
        """For a webhook of GitHub: the address and the secret that it signs with."""
        said: dict[str, Any] = self.said(NewScannerSerializer)
        made = connect_scanner(actor=self.actor, org=find_organization(self.actor), name=said["name"])
        return Response(ConnectedScannerSerializer(made.scanner, context={"secret": made.secret}).data, status=201)


class ScannerView(Endpoint):
    tag = "leaks"

    @operation("disconnect_scanner", status=204, refuses=(404,))
    def delete(self, request: Request, scanner: UUID) -> Response:
        found = Scanner.objects.visible_to(self.actor).select_related("org").filter(pk=scanner).first()
        if found is None:
            require(self.actor, Action.DISCONNECT_SCANNER, reach_of(self.actor))
            raise NotFound
        disconnect_scanner(actor=self.actor, scanner=found)
        return Response(status=204)
