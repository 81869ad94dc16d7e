"""Every refusal in the form of SCIM (RFC 7644 §3.12): the one place where exceptions become its answers."""

from typing import Any

import django.db
import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse
from pydantic import ValidationError
from scim2_models import Error, SCIMException

from keyvault.api.problems import headers_of, refusal_of
from keyvault.errors import Conflict, Invalid, KeyVaultError

MEDIA_TYPE = "application/scim+json"

FORESEEN = (SCIMException, ValidationError, KeyVaultError, django.db.Error, RequestDataTooBig, SuspiciousOperation)

_DETAIL_LIMIT = 500  # characters: some sentences of the library quote what was sent
_UNIQUENESS = frozenset({"user-exists", "group-exists", "foreign-account", "team-not-free"})
_SYNTAX = frozenset({"malformed-json", "json-only"})


def answer(document: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """Of a directory's token, so that nothing on the way keeps it."""
    body = b"" if document is None else orjson.dumps(document)
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)
    response["Cache-Control"] = "no-store"
    return response


def refuse(exception: Exception) -> HttpResponse | None:
    """None for what nobody foresaw."""
    if isinstance(exception, SCIMException):
        return _error(exception.to_error())
    if isinstance(exception, ValidationError):
        return _error(Error.from_validation_errors(exception)[0])
    found = refusal_of(exception)
    return refusal(found) if found else None


def refusal(refused: KeyVaultError) -> HttpResponse:
    status = 400 if isinstance(refused, Invalid) else refused.status
    detail = f"{_field(refused)}{refused.detail.rstrip('.')}. {refused.remedy}".strip()
    return _error(Error(status=status, scim_type=_kind(refused), detail=detail), headers_of(refused))


def _error(error: Error, headers: dict[str, str] | None = None) -> HttpResponse:
    document = {
        "schemas": [str(Error.__schema__)],
        "status": str(error.status),
        "detail": _storable(error.detail or "")[:_DETAIL_LIMIT],
    }
    if error.scim_type:
        document["scimType"] = error.scim_type
    return answer(document, status=error.status or 400, headers=headers)


def _kind(refusal: KeyVaultError) -> str | None:
    if isinstance(refusal, Invalid):
        return "invalidValue"
    if isinstance(refusal, Conflict) and (refusal.rule in _UNIQUENESS or "constraint" in refusal.extra):
        return "uniqueness"
    return "invalidSyntax" if refusal.rule in _SYNTAX else None


def _field(refusal: KeyVaultError) -> str:
    field = refusal.extra.get("field")
    return f"{field}: " if field else ""


def _storable(text: str) -> str:
    """Lone surrogates are no UTF-8."""
    return text.encode("utf-8", "replace").decode()
