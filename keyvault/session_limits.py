"""A session that has ended is told so, once; after that the browser is one that nobody is signed in to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from keyvault.api.problems import problem
from keyvault.flows.session_policy import SessionEnded, check_session
from keyvault.middleware import API

_PROBES = ("/healthz", "/readyz")


class SessionLimits:
    """Stands behind what says who is signed in. The API knows no sessions, and is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(API) or request.path_info in _PROBES:
            return self._get_response(request)
        ended = check_session(request)
        return _told(request, ended) if ended else self._get_response(request)


def _told(request: HttpRequest, ended: SessionEnded) -> HttpResponse:
    """A page, a problem document for who asks for no page, and for htmx the way to the sign-in."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=ended.status, headers={"HX-Redirect": reverse("account_login")})
    if not request.accepts("text/html"):
        return problem(ended, request)
    back = request.get_full_path() if request.method == "GET" else "/"
    return render(request, "session_ended.html", {"ended": ended, "back": back}, status=ended.status)
