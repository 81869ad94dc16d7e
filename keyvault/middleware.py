"""What every request passes first: where it came from, and which browsers' pages may call the API."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

from keyvault.actor import Origin
from keyvault.address import client_address

Answer = Callable[[HttpRequest], HttpResponse]

API = "/api/"

_AGENT_LIMIT = 512  # characters
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, If-None-Match, KeyVault-Reason"
_READABLE = "ETag, KeyVault-Audit, Retry-After, WWW-Authenticate, X-Request-Id"
_PREFLIGHT_SECONDS = "600"


class RequestOrigin:
    """Attaches ``request.origin`` and names the request in ``X-Request-Id``.

    The id is always made here: one that the client chose could point at somebody else's events.
    """

    def __init__(self, get_response: Answer):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = Origin(address=client_address(request), agent=request.headers.get("User-Agent", "")[:_AGENT_LIMIT])
        request.origin = origin  # type: ignore[attr-defined] # Django's class declares no such thing
        response = self._get_response(request)
        response["X-Request-Id"] = str(origin.request_id)
        return response


class Cors:
    """Pages of the configured origins may call the API with a token in a header; cookies never count there."""

    def __init__(self, get_response: Answer):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.KEYVAULT_CORS_ORIGINS or not request.path_info.startswith(API):
            return self._get_response(request)
        admitted = request.headers.get("Origin") in settings.KEYVAULT_CORS_ORIGINS
        response = _preflight() if admitted and _is_preflight(request) else self._get_response(request)
        patch_vary_headers(response, ("Origin",))
        if admitted:
            response["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response["Access-Control-Expose-Headers"] = _READABLE
        return response


def origin_of(request: HttpRequest | Request) -> Origin:
    """What :class:`RequestOrigin` attached."""
    origin: Origin = request.origin  # type: ignore[union-attr]
    return origin


def _is_preflight(request: HttpRequest) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = _METHODS
    response["Access-Control-Allow-Headers"] = _HEADERS
    response["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    patch_vary_headers(response, ("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    return response
