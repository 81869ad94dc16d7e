"""Addresses of views that fail in every way, so that the answers can be seen through real HTTP."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions as rest
from rest_framework.request import Request
from rest_framework.response import Response

from keyvault import errors
from keyvault.api.fields import Body, Flag, Text, Whole
from keyvault.api.views import Endpoint


class Letter(Body):
    title = Text(max_length=10)
    urgent = Flag(default=False)
    pages = Whole(min_value=1, max_value=9, required=False)


def _raise(problem: Exception) -> Callable[[], None]:
    def act() -> None:
        raise problem

    return act


def _sql(statement: str) -> Callable[[], None]:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return act


FAILURES: dict[str, Callable[[], None]] = {
    "not-allowed": _raise(errors.NotAllowed("No.", rule="role-forbids", remedy="Ask olivia.")),
    "conflict": _raise(errors.Conflict("Moved on.", extra={"current": 3})),
    "too-many": _raise(errors.TooManyRequests("Slow down.", retry_after=7)),
    "unavailable": _raise(errors.Unavailable()),
    "cannot-open": _raise(errors.CannotOpen()),
    "http404": _raise(Http404("secret detail")),
    "permission-denied": _raise(PermissionDenied("secret detail")),
    "suspicious": _raise(SuspiciousOperation("secret detail")),
    "too-big": _raise(RequestDataTooBig("secret detail")),
    "throttled": _raise(rest.Throttled(5)),
    "data-error": _sql("SELECT 'x'::uuid"),
    "nul": _raise(DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")),
    "database-away": _raise(OperationalError("connection to server at 10.0.0.1 failed")),
    "bug": _raise(RuntimeError("sk_live_4242")),
}


class Probe(Endpoint):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request, kind: str) -> Response:
        FAILURES[kind]()
        return Response({})

    def post(self, request: Request, kind: str) -> Response:
        return Response(self.said(Letter))

    def patch(self, request: Request, kind: str) -> Response:
        return Response(self.said(Letter))


def page(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [path("api/probe/<slug:kind>", Probe.as_view()), path("page", page)]
handler400, handler403 = "keyvault.api.pages.bad_request", "keyvault.api.pages.permission_denied"
handler404, handler500 = "keyvault.api.pages.not_found", "keyvault.api.pages.failed"
