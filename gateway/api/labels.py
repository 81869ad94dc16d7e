"""Labels of the gateway's hosts."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.models import HostLabel
from gateway.services.labels import Holder, give_host_label, take_host_label
from keyvault.actor import Actor
from keyvault.api.fields import Body, Text
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, reach_of
from keyvault.secrets.api.places import find_environment
from orgs.access import require
from orgs.models import Membership
from orgs.names import invalid
from orgs.permissions import Action
from tokens.models import ServiceIdentity


class HostLabelSerializer(serializers.ModelSerializer[HostLabel]):
    """It is one thing's: a member's, a service identity's or an environment's."""

    label = serializers.SlugField()  # type: ignore[assignment] # the row's word
    host = serializers.SerializerMethodField()
    member = serializers.EmailField(source="membership.user.email", allow_null=True, default=None)
    service = serializers.SlugField(source="service.slug", allow_null=True, default=None)
    project = serializers.SlugField(source="environment.project.slug", allow_null=True, default=None)
    environment = serializers.SlugField(source="environment.slug", allow_null=True, default=None)

    class Meta:
        model = HostLabel
        fields = ("id", "label", "host", "member", "service", "project", "environment", "created_at")

    def get_host(self, label: HostLabel) -> str | None:
        """Null while the gateway has no domain (`KEYVAULT_GATEWAY_DOMAIN`)."""
        domain = settings.KEYVAULT_GATEWAY_DOMAIN
        return f"{label.label}.{domain}" if domain else None


class NewHostLabelSerializer(Body):
    label = Text()  # type: ignore[assignment] # the row's word
    member = Text(required=False, help_text="A member's e-mail address.")
    service = Text(required=False, help_text="A service identity's slug.")
    project = Text(required=False)
    environment = Text(required=False, help_text="Of the project.")


class HostLabels(Endpoint):
    """`<label>.<domain>` takes only the tokens of whom, or of the environment that, it is given to."""

    tag = "gateway"
    ordering = "label"

    @operation("list_host_labels", answers=HostLabelSerializer(many=True))
    def get(self, request: Request) -> Response:
        look(actor=self.actor, action=Action.LIST_HOST_LABELS, on=reach_of(self.actor))
        return self.page(HostLabel.objects.visible_to(self.actor), HostLabelSerializer)

    @operation(
        "give_host_label", takes=NewHostLabelSerializer, answers=HostLabelSerializer, status=201, refuses=(404, 409)
    )
    def post(self, request: Request) -> Response:
        """In place of the label that it has; unique in the whole installation."""
        said = self.said(NewHostLabelSerializer)
        label = said.pop("label")
        made = give_host_label(actor=self.actor, to=_holder(self.actor, said), label=label)
        return Response(HostLabelSerializer(made).data, status=201)


class HostLabelView(Endpoint):
    tag = "gateway"

    @operation("take_host_label", status=204, refuses=(404,))
    def delete(self, request: Request, label: str) -> Response:
        """Its host is nobody's then."""
        found = HostLabel.objects.visible_to(self.actor).filter(label=label).first()
        if found is None:
            require(self.actor, Action.TAKE_HOST_LABEL, reach_of(self.actor))
            raise NotFound
        take_host_label(actor=self.actor, label=found)
        return Response(status=204)


def _holder(actor: Actor, said: dict[str, Any]) -> Holder:
    """Raises Invalid unless one is named, NotFound."""
    if set(said) not in ({"member"}, {"service"}, {"project", "environment"}):
        raise invalid("label", "It is given to a member, a service identity, or an environment of a project.")
    if "environment" in said:
        return find_environment(actor, said["project"], said["environment"])
    found: Holder | None
    if "member" in said:
        members = Membership.objects.visible_to(actor).active().select_related("org", "user")
        found = members.filter(user__email__iexact=said["member"]).first()
    else:
        services = ServiceIdentity.objects.visible_to(actor).select_related("org")
        found = services.filter(slug=said["service"]).first()
    if found is None:
        require(actor, Action.GIVE_HOST_LABEL, reach_of(actor))
        raise NotFound
    return found
