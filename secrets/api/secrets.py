"""Secrets by name: what is said about them, creating, changing, deleting. Lists hold no values."""

from dataclasses import replace
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.actor import Actor
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look
from keyvault.secrets.api import answers
from keyvault.secrets.api.places import find_environment, find_secret
from keyvault.secrets.api.serializers import (
    DeletedSecretSerializer,
    NewSecretSerializer,
    SecretChangeSerializer,
    SecretSerializer,
    SecretsQuery,
    StoredSerializer,
)
from keyvault.secrets.services.listing import list_secrets
from keyvault.secrets.services.removing import delete_secret, purge_secret
from keyvault.secrets.services.storing import About, change_secret, create_secret
from orgs.models import Membership
from orgs.names import invalid
from orgs.permissions import Action


class Secrets(Endpoint):
    tag = "secrets"
    ordering = "name"

    @operation("list_secrets", answers=SecretSerializer(many=True), query=SecretsQuery, refuses=(404,))
    def get(self, request: Request, project: str, environment: str) -> Response:
        asked, place = self.asked(SecretsQuery), find_environment(self.actor, project, environment)
        rows = list_secrets(actor=self.actor, environment=place).filter(name__startswith=asked["prefix"])
        return self.page(rows.prefetch_related("owner__user"), SecretSerializer)

    @operation(
        "create_secret",
        takes=NewSecretSerializer,
        answers=StoredSerializer,
        status=201,
        refuses=(404, 409),
        headers=("KeyVault-Audit",),
    )
    def post(self, request: Request, project: str, environment: str) -> Response:
        said, place = self.said(NewSecretSerializer), find_environment(self.actor, project, environment)
        made = create_secret(
            actor=self.actor,
            environment=place,
            name=said["name"],
            value=said["stored"],
            kind=said["kind"],
            provider=said["provider"],
            variables=said["variables"],
            about=_about(self.actor, said),
        )
        return answers.stored(made)


class SecretView(Endpoint):
    tag = "secrets"

    @operation("get_secret", answers=SecretSerializer, refuses=(404, 422))
    def get(self, request: Request, project: str, environment: str, name: str) -> Response:
        """What is said about it; the value is at `values/`."""
        found = find_secret(self.actor, project, environment, name, to=Action.LIST_SECRETS)
        look(actor=self.actor, action=Action.LIST_SECRETS, on=found.target)
        return Response(SecretSerializer(found).data)

    @operation("change_secret", takes=SecretChangeSerializer, answers=SecretSerializer, refuses=(404, 409))
    def patch(self, request: Request, project: str, environment: str, name: str) -> Response:
        said = self.said(SecretChangeSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.CHANGE_SECRET)
        about = replace(_about(self.actor, said), kind=said.get("kind"))
        changed = change_secret(actor=self.actor, secret=found, about=about)
        return Response(SecretSerializer(changed).data)

    @operation("delete_secret", status=204, refuses=(404, 422))
    def delete(self, request: Request, project: str, environment: str, name: str) -> Response:
        """It can be undeleted for seven days."""
        found = find_secret(self.actor, project, environment, name, to=Action.DELETE_SECRET)
        delete_secret(actor=self.actor, secret=found)
        return Response(status=204)


class DeletedSecrets(Endpoint):
    tag = "secrets"

    @operation("list_deleted_secrets", answers=DeletedSecretSerializer(many=True), refuses=(404,))
    def get(self, request: Request, project: str, environment: str) -> Response:
        """Those that can be brought back within seven days, and those whose purge was refused since."""
        place = find_environment(self.actor, project, environment)
        return self.page(list_secrets(actor=self.actor, environment=place, deleted=True), DeletedSecretSerializer)


class Purges(Endpoint):
    tag = "secrets"

    @operation("purge_secret", status=204, refuses=(404, 422))
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """The one of that name that was deleted last is gone for good, with all its versions."""
        found = find_secret(self.actor, project, environment, name, to=Action.PURGE_SECRET, deleted=True)
        purge_secret(actor=self.actor, secret=found)
        return Response(status=204)


def _about(actor: Actor, said: dict[str, Any]) -> About:
    return About(
        note=said.get("note"),
        variable=said.get("variable"),
        owner=_member(actor, said["owner"]) if said.get("owner") is not None else None,
        rotate_by=said.get("rotate_by"),
        without=[name for name in ("owner", "rotate_by") if name in said and said[name] is None],
    )


def _member(actor: Actor, email: str) -> Membership:
    members = Membership.objects.visible_to(actor).active().select_related("user")
    found = members.filter(user__email__iexact=email).first()
    if found is None:
        raise invalid("owner", "There is no such member here.")
    return found
