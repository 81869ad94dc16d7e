"""The one base of the API's views: who acts, what the request says, and a page of a scoped queryset."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from keyvault.actor import Actor
from keyvault.api import throttles
from keyvault.api.authentication import Principal
from keyvault.api.fields import Body, Query
from keyvault.api.pagination import CursorPagination
from keyvault.api.problems import LengthRequired
from keyvault.api.renderers import JSONAlways
from keyvault.middleware import origin_of


class Endpoint(APIView):
    """``tag`` groups it in the documentation; ``ordering`` is the unique field that its list is paged by.

    OPTIONS is not offered: a preflight is answered by :class:`keyvault.middleware.Cors`.
    """

    tag = ""
    ordering = "id"
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    content_negotiation_class = JSONAlways
    pagination_class = CursorPagination

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        throttles.count_address(origin_of(request))
        super().initial(request, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        principal = self.request.user
        assert isinstance(principal, Principal)  # noqa: S101 - what BearerToken returns
        return principal.actor

    def said(self, body: type[Body]) -> dict[str, Any]:
        """The validated body; what a PATCH leaves out is absent. Raises what becomes a 400, 411, 413, 415 or 422."""
        _require_length(self.request)
        return _valid(body(data=self.request.data, partial=self.request.method == "PATCH"))

    def asked(self, query: type[Query]) -> dict[str, Any]:
        """The validated query string."""
        return _valid(query(data=self.request.query_params))

    def page(self, rows: QuerySet[Any], serializer: type[Serializer[Any]]) -> Response:
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(rows, self.request, view=self)
        return paginator.get_paginated_response(serializer(page, many=True).data)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing that a token sees is kept by anything on the way."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _require_length(request: Request) -> None:
    """A WSGI application sees a body without its length as no body at all (PEP 3333), so it is not read as one."""
    if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired("The body comes without its length.", remedy="Send Content-Length, not chunks.")


def _valid(serializer: Body) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    said: dict[str, Any] = serializer.validated_data
    return said
