"""A token is never taken over plain HTTP: a redirect would go on as if nobody had seen it."""

import contextlib
from collections.abc import Callable

import django.db
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from keyvault.api import throttles
from keyvault.api.problems import problem
from keyvault.errors import KeyVaultError, TooManyRequests
from keyvault.middleware import API, origin_of
from keyvault.scim.problems import refusal
from orgs.services.exposed import note_exposed_scim_token
from tokens.services.exposing import note_exposed

_SCIM = "/scim/"
_WITH_TOKENS = (API, _SCIM)


class TlsNeeded(KeyVaultError):
    status, rule, title = 403, "tls-needed", "Tokens are taken over TLS only"


class NoTokensInTheClear:
    """Stands before the redirect to https, which is for people's browsers, and before anything looks at a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or not request.path_info.startswith(_WITH_TOKENS):
            return self._get_response(request)
        refused = _refused(request)
        return refusal(refused) if request.path_info.startswith(_SCIM) else problem(refused, request)


def _refused(request: HttpRequest) -> KeyVaultError:
    """Whatever the token is worth, the answer is the same."""
    try:
        throttles.count_refusal(origin_of(request))
    except TooManyRequests as busy:
        return busy
    with contextlib.suppress(KeyVaultError, django.db.Error):
        presented, origin = request.headers.get("Authorization", "").partition(" ")[2].strip(), origin_of(request)
        note_exposed(presented, origin=origin)
        note_exposed_scim_token(presented, origin=origin)
    return TlsNeeded(
        "This request came over plain HTTP.",
        remedy=f"Use {settings.KEYVAULT_URL}, and replace a token that was sent this way: it has been seen.",
    )
