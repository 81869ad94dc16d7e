"""Importing a ``.env`` file, and exporting an environment for other programs."""

from rest_framework.request import Request
from rest_framework.response import Response

from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.secrets.api import answers
from keyvault.secrets.api.places import find_environment
from keyvault.secrets.api.serializers import ExportedSerializer, ExportSerializer, ImportedSerializer, ImportSerializer
from keyvault.secrets.services.exporting import export_environment
from keyvault.secrets.services.importing import apply_import, preview_import


class Imports(Endpoint):
    tag = "values"
    body_limit = 4 * 1024 * 1024  # bytes: a file of 1 MiB, and what JSON needs to escape

    @operation("import_secrets", takes=ImportSerializer, answers=ImportedSerializer, refuses=(404, 409))
    def post(self, request: Request, project: str, environment: str) -> Response:
        """What the file would change; with `apply`, all of it in one change. No values in the answer."""
        said, place = self.said(ImportSerializer), find_environment(self.actor, project, environment)
        if not said["apply"]:
            preview = preview_import(actor=self.actor, environment=place, content=said["content"])
            return Response(ImportedSerializer({"applied": False, "preview": preview}).data)
        made = apply_import(actor=self.actor, environment=place, content=said["content"])
        body = ImportedSerializer({"applied": True, "preview": made.preview, "shared": made.shared}).data
        return Response(body, headers={answers.RECEIPT: str(made.receipt)})


class Exports(Endpoint):
    tag = "values"

    @operation(
        "export_secrets",
        takes=ExportSerializer,
        answers=ExportedSerializer,
        refuses=(404, 409),
        takes_headers=("KeyVault-Reason",),
    )
    def post(self, request: Request, project: str, environment: str) -> Response:
        """Every value that the token may export, as a file. An act that the log keeps, so no GET."""
        said, place = self.said(ExportSerializer), find_environment(self.actor, project, environment)
        made = export_environment(actor=self.actor, environment=place, reason=answers.reason_of(request), **said)
        return Response({"content": made.text, "count": made.count, "receipts": [str(each) for each in made.receipts]})
