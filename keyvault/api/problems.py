"""Every refusal as problem details (RFC 9457): the one place where exceptions become HTTP."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import django.db
import orjson
from django.core import exceptions as django_exceptions
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as rest

from keyvault.api.parsers import Malformed
from keyvault.errors import (
    Conflict,
    Invalid,
    KeyVaultError,
    NotAllowed,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from keyvault.middleware import origin_of

MEDIA_TYPE = "application/problem+json"
TOKEN_MISSING = "token-missing"  # noqa: S105 - the name of a rule

_RETRY_SECONDS = 2
_UNIQUE, _CHECK, _FOREIGN_KEY = "23505", "23514", "23503"  # PostgreSQL, appendix A: class 23


class MethodNotAllowed(KeyVaultError):
    status, rule, title = 405, "method-not-allowed", "The method is not allowed here"


class LengthRequired(KeyVaultError):
    status, rule, title = 411, "length-required", "The length of the body is needed"


class UnsupportedMediaType(KeyVaultError):
    status, rule, title = 415, "json-only", "The body must be JSON"


class Failed(KeyVaultError):
    status, rule, title = 500, "internal-error", "The server failed"


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """For every view of the API. None for what nobody foresaw: Django logs it and :mod:`keyvault.api.pages` answers."""
    refusal = refusal_of(exception)
    return problem(refusal, context["request"]) if refusal else None


def refusal_of(exception: Exception) -> KeyVaultError | None:
    """The product's word for an exception of ours, of Django, of DRF or of the database."""
    if isinstance(exception, KeyVaultError):
        return exception
    return next((word(exception) for kind, word in _WORDS if isinstance(exception, kind)), None)


def problem(refusal: KeyVaultError, request: HttpRequest) -> HttpResponse:
    """The answer: type, title, status, detail, rule, remedy, request_id and the refusal's own ``extra`` members."""
    document = {
        **refusal.extra,
        "type": f"urn:keyvault:problem:{refusal.rule}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "rule": refusal.rule,
        "remedy": refusal.remedy,
        "request_id": str(origin_of(request).request_id),
    }
    response = HttpResponse(orjson.dumps(document, default=str), status=refusal.status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in headers_of(refusal).items():
        response[name] = value
    return response


def headers_of(refusal: KeyVaultError) -> dict[str, str]:
    if isinstance(refusal, Unauthorized):
        return {"WWW-Authenticate": _challenge(refusal)}
    if isinstance(refusal, TooManyRequests):
        return {"Retry-After": str(refusal.retry_after)}
    if isinstance(refusal, Unavailable):
        return {"Retry-After": str(_RETRY_SECONDS)}
    return {}


def _challenge(refusal: Unauthorized) -> str:
    """RFC 6750 §3.1: a request without any token is told the scheme, and no error."""
    challenge = 'Bearer realm="keyvault"'
    return challenge if refusal.rule == TOKEN_MISSING else f'{challenge}, error="invalid_token"'


def _invalid(exception: Exception) -> Invalid:
    """DRF's findings as ``errors``: ``[{"field": "fields.name", "detail": "…"}]``."""
    errors = [{"field": field, "detail": sentence} for field, sentence in _findings(getattr(exception, "detail", ""))]
    first = errors[0] if errors else {"field": "", "detail": ""}
    detail = f"{first['field']}: {first['detail']}" if first["field"] else first["detail"]
    return Invalid(detail, extra={"errors": errors, "field": first["field"]})


def _findings(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _findings(inner, ".".join(filter(None, (path, name))))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _findings(inner, path)
    elif getattr(detail, "code", "") == "invalid_choice":  # its sentence would quote the input
        yield path, "This is not one of the choices."
    else:
        yield path, str(detail)


def _integrity(exception: Exception) -> KeyVaultError | None:
    """A constraint is named after the sentence it keeps."""
    cause = exception.__cause__
    state, constraint = getattr(cause, "sqlstate", ""), _constraint(cause)
    sentence = f"The database refused it: {constraint.replace('_', ' ')}."
    if state in (_UNIQUE, _FOREIGN_KEY):
        return Conflict(sentence, extra={"constraint": constraint})
    if state == _CHECK:
        return Invalid(sentence, extra={"constraint": constraint})
    return None


def _constraint(cause: BaseException | None) -> str:
    return getattr(getattr(cause, "diag", None), "constraint_name", None) or ""


def _other(exception: Exception) -> KeyVaultError:
    refusal = KeyVaultError()
    refusal.status = getattr(exception, "status_code", 400)
    return refusal


# The first kind that fits: narrower ones stand above wider ones.
_WORDS: tuple[
    tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Exception], KeyVaultError | None]], ...
] = (
    ((Http404, rest.NotFound), lambda _: NotFound()),
    (rest.ValidationError, _invalid),
    (rest.ParseError, lambda _: Malformed()),
    (rest.UnsupportedMediaType, lambda _: UnsupportedMediaType(remedy="Send Content-Type: application/json.")),
    (rest.MethodNotAllowed, lambda _: MethodNotAllowed()),
    ((rest.NotAuthenticated, rest.AuthenticationFailed), lambda _: Unauthorized()),
    ((rest.PermissionDenied, django_exceptions.PermissionDenied), lambda _: NotAllowed()),
    (rest.APIException, _other),
    (django_exceptions.ValidationError, lambda _: Invalid()),
    (django_exceptions.RequestDataTooBig, lambda _: TooLarge()),
    (django_exceptions.SuspiciousOperation, _other),
    (django.db.IntegrityError, _integrity),
    (django.db.DataError, lambda _: Invalid("The database cannot hold this input.")),
    ((django.db.OperationalError, django.db.InterfaceError), lambda _: Unavailable("The database does not answer.")),
)
