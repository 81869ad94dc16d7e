"""The answer to a read of a value, made in one way for every road that leads to it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from audit.services import Receipt
from keyvault.actor import Actor
from keyvault.api.etags import etag_of, is_known
from keyvault.secrets.api.serializers import SecretSerializer
from keyvault.secrets.models import ValueType
from keyvault.secrets.services.revealing import Revealed
from keyvault.secrets.services.storing import Stored
from keyvault.secrets.values import Value

REASON = "KeyVault-Reason"
RECEIPT = "KeyVault-Audit"

Answer = dict[str, Any]


def value_answer(*, name: str, value: Value, version: int, project: str, environment: str) -> Answer:
    """``value`` for a text, ``fields`` for fields, ``value_base64`` (RFC 4648 §4) for bytes."""
    key, shown = _shown(value)
    return {
        "name": name,
        "type": value.type.value,
        key: shown,
        "version": version,
        "environment": environment,
        "project": project,
    }


def value_headers(*, receipt: Receipt, etag: str) -> dict[str, str]:
    return {RECEIPT: str(receipt), "ETag": etag, "Cache-Control": "no-store"}


def stored(made: Stored, status: int = 201) -> Response:
    """What was stored, without the value; ``shared`` says where else the same value is."""
    body = {**SecretSerializer(made.secret).data, "shared": asdict(made.shared)}
    return Response(body, status=status, headers={RECEIPT: str(made.receipt)})


def one(revealed: Revealed) -> Answer:
    secret = revealed.version.secret
    return value_answer(
        name=secret.name,
        value=revealed.value,
        version=revealed.version.version,
        project=secret.environment.project.slug,
        environment=secret.environment.slug,
    )


def many(revealed: Sequence[Revealed]) -> Answer:
    return {"results": [{**one(each), "receipt": str(each.receipt)} for each in revealed]}


def etag_of_versions(actor: Actor, revealed: Sequence[Revealed]) -> str:
    return etag_of(actor, *sorted(str(each.version.pk) for each in revealed))


def reason_of(request: Request) -> str:
    """What the reader says it is for; the log keeps it, and an organization may insist (the header is ASCII)."""
    return request.headers.get(REASON, "")


def is_unchanged(request: Request, headers: Mapping[str, str]) -> bool:
    return is_known(request, headers["ETag"])


def _shown(value: Value) -> tuple[str, str | dict[str, str]]:
    if value.type is ValueType.FIELDS:
        return "fields", value.parts
    if value.type is ValueType.BINARY:
        return "value_base64", base64.b64encode(value.data).decode()
    return "value", value.data.decode()
