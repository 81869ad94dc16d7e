"""What Django answers itself (no such path, a bad host, a failure): problem details under /api/, else its pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from keyvault.api.problems import Failed, problem
from keyvault.errors import KeyVaultError, NotAllowed, NotFound
from keyvault.middleware import API


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, KeyVaultError()) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, NotAllowed()) or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, NotFound()) or defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponseBase:
    """Django has logged the exception; the answer says nothing of it but the request id to look for."""
    return _answer(request, Failed()) or defaults.server_error(request)


def _answer(request: HttpRequest, refusal: KeyVaultError) -> HttpResponse | None:
    return problem(refusal, request) if request.path_info.startswith(API) else None
