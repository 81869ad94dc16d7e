"""Versions of a secret: the history, a new one, the way back, and erasing one."""

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.flows.looking import look
from keyvault.secrets.api import answers
from keyvault.secrets.api.places import find_secret
from keyvault.secrets.api.serializers import (
    NewVersionSerializer,
    SecretSerializer,
    StoredSerializer,
    VersionNumberSerializer,
    VersionSerializer,
)
from keyvault.secrets.services.removing import erase_version, undelete_secret
from keyvault.secrets.services.storing import add_version, restore_version, rotate_secret
from orgs.permissions import Action


class Versions(Endpoint):
    tag = "versions"
    ordering = "-version"

    @operation("list_versions", answers=VersionSerializer(many=True), refuses=(404,))
    def get(self, request: Request, project: str, environment: str, name: str) -> Response:
        """Newest first, with how far each has been exposed."""
        found = find_secret(self.actor, project, environment, name, to=Action.LIST_SECRETS)
        look(actor=self.actor, action=Action.LIST_SECRETS, on=found.target)
        rows = found.versions.defer("envelope", "fingerprint").prefetch_related("exposures")
        return self.page(rows, VersionSerializer)

    @operation(
        "add_version",
        takes=NewVersionSerializer,
        answers=StoredSerializer,
        status=201,
        refuses=(404, 409, 412),
        headers=("KeyVault-Audit",),
    )
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """An edit: the key at the provider stays the same. It becomes current."""
        said = self.said(NewVersionSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.ADD_VERSION)
        made = add_version(
            actor=self.actor, secret=found, value=said["stored"], expected_version=said.get("expected_version")
        )
        return answers.stored(made)


class Rotations(Endpoint):
    tag = "versions"

    @operation(
        "rotate_secret",
        takes=NewVersionSerializer,
        answers=StoredSerializer,
        status=201,
        refuses=(404, 409, 412),
        headers=("KeyVault-Audit",),
    )
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """A new key in place of the one that was."""
        said = self.said(NewVersionSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.ROTATE_SECRET)
        made = rotate_secret(
            actor=self.actor, secret=found, value=said["stored"], expected_version=said.get("expected_version")
        )
        return answers.stored(made)


class Restorations(Endpoint):
    tag = "versions"

    @operation("restore_version", takes=VersionNumberSerializer, answers=SecretSerializer, refuses=(404, 409))
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """An earlier version becomes the current one again."""
        said = self.said(VersionNumberSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.RESTORE_VERSION)
        restored = restore_version(actor=self.actor, secret=found, version=said["version"])
        return Response(SecretSerializer(restored.secret).data)


class Undeletions(Endpoint):
    tag = "secrets"

    @operation("undelete_secret", answers=SecretSerializer, refuses=(404, 409, 422))
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """The one of that name that was deleted last, within seven days."""
        found = find_secret(self.actor, project, environment, name, to=Action.UNDELETE_SECRET, deleted=True)
        return Response(SecretSerializer(undelete_secret(actor=self.actor, secret=found)).data)


class Erasures(Endpoint):
    tag = "versions"

    @operation("erase_version", takes=VersionNumberSerializer, status=204, refuses=(404, 409))
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        """The value is gone at once and for good; number, author and date stay. Never the current one."""
        said = self.said(VersionNumberSerializer)
        found = find_secret(self.actor, project, environment, name, to=Action.ERASE_VERSION)
        erase_version(actor=self.actor, secret=found, version=said["version"])
        return Response(status=204)
