"""Whether the client's connection was TLS, where a trusted proxy ended it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from keyvault.address import trusted_proxies
from keyvault.networks import is_within, parse_address


class ProxiedScheme:
    """Believes ``X-Forwarded-Proto: https`` of the proxies in KEYVAULT_TRUSTED_PROXIES, and of nobody else.

    Without it the redirect to https would send a client behind such a proxy round in circles.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("HTTP_X_FORWARDED_PROTO") == "https" and _comes_from_a_trusted_proxy(request):
            request.META["wsgi.url_scheme"] = "https"
        return self._get_response(request)


def _comes_from_a_trusted_proxy(request: HttpRequest) -> bool:
    peer = parse_address(request.META.get("REMOTE_ADDR", ""))
    return peer is not None and is_within(peer, trusted_proxies())
