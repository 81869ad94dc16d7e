"""What strangers send: a token that somebody found, and the alerts of a scanner. No sign-in, no cookie, one answer."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from keyvault.api.parsers import parse_object
from keyvault.api.problems import problem
from keyvault.errors import KeyVaultError
from keyvault.flows.leaks.reading import LONGEST
from keyvault.flows.leaks.reports import report_found
from keyvault.flows.leaks.scanners import receive_alert, sender_of
from keyvault.middleware import origin_of

_ALERT = "secret_scanning_alert"
_BODY_LIMIT = 1024 * 1024  # bytes; GitHub caps its own at 25 MB, an alert has some 10 KB


@csrf_exempt
@never_cache
@require_POST
def found(request: HttpRequest) -> HttpResponse:
    """A token in whatever the body is: text, a form, JSON. The answer says nothing of what became of it."""
    try:
        report_found(request.read(LONGEST).decode(errors="replace"), origin=origin_of(request))
    except KeyVaultError as refusal:
        return problem(refusal, request)
    return JsonResponse({"status": "received"}, status=202)


@csrf_exempt
@never_cache
@require_POST
def github_alert(request: HttpRequest, key: str) -> HttpResponse:
    """Signed, else 401; what is not an alert that is news is taken and left."""
    body, origin = request.read(_BODY_LIMIT), origin_of(request)
    try:
        scanner = sender_of(key, signature=request.headers.get("X-Hub-Signature-256", ""), body=body, origin=origin)
        if request.headers.get("X-GitHub-Event") == _ALERT:
            receive_alert(scanner, parse_object(body), origin=origin)
    except KeyVaultError as refusal:
        return problem(refusal, request)
    return JsonResponse({"status": "received"}, status=202)
