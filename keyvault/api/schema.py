"""How the API describes itself: OpenAPI 3.1, one operation per method, the refusals as problem details."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from keyvault.api.fields import Body, Query
from keyvault.api.pagination import LARGEST, PAGE
from keyvault.api.problems import MEDIA_TYPE

Method = TypeVar("Method", bound=Callable[..., Any])

_PAGING = (
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
    OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": PAGE}),
)
_EVERYWHERE = (401, 403, 429)
_WITH_BODY = (400, 411, 413, 415, 422)
_WORDS = {
    400: "The body is not the JSON that the API reads.",
    401: "No token, or not a valid one.",
    403: "A rule refused it; `rule` names the rule, `remedy` who can change it.",
    404: "It does not exist here, or belongs to another organization.",
    409: "The state does not permit it.",
    411: "The body comes in chunks, without `Content-Length`.",
    413: "The body is too large.",
    412: "The current version is another one than `expected_version`.",
    415: "The body is not `application/json`.",
    422: "The input is not valid; `errors` names the fields.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    rule = serializers.CharField(help_text="A stable identifier of the rule that refused.")
    remedy = serializers.CharField(help_text="What to do, or who can change it.")
    request_id = serializers.UUIDField(help_text="Also in `X-Request-Id`, and in the event.")


def operation(
    name: str,
    *,
    answers: Any = None,
    takes: type[Body] | None = None,
    query: type[Query] | None = None,
    status: int = 200,
    refuses: Sequence[int] = (),
    headers: Sequence[str] = (),
    takes_headers: Sequence[str] = (),
    unchanged: bool = False,
) -> Callable[[Method], Method]:
    """Describes a view's method. ``refuses``: statuses beyond those of every operation (and of one with a body)."""
    listing = isinstance(answers, serializers.ListSerializer)
    codes = {*_EVERYWHERE, *refuses, *(_WITH_BODY if takes else ()), *((422,) if query or listing else ())}
    responses: dict[Any, Any] = {status: OpenApiResponse(answers, description="" if answers else "Done.")}
    if unchanged:
        responses[304] = OpenApiResponse(description="`If-None-Match` names what would be shown.")
    responses |= {(code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, _WORDS[code]) for code in sorted(codes)}
    responses["default", MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, "The server could not answer.")
    parameters: list[Any] = [*([query] if query else ()), *(_PAGING if listing else ())]
    parameters += [OpenApiParameter(header, str, OpenApiParameter.HEADER) for header in takes_headers]
    parameters += [OpenApiParameter(header, str, OpenApiParameter.HEADER, response=[status]) for header in headers]
    described: Callable[[Method], Method] = extend_schema(
        operation_id=name, request=takes, responses=responses, parameters=parameters
    )
    return described


class Schema(AutoSchema):
    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "")]

    def get_summary(self) -> str:
        return self.get_operation_id().replace("_", " ").capitalize()

    def get_description(self) -> str:  # type: ignore[override] # as AutoSchema does
        """The view's own words; those of its base are about code."""
        method = getattr(self.view, self.method.lower(), None)
        return inspect.cleandoc(method.__doc__ or type(self.view).__dict__.get("__doc__") or "")

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "keyvault.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal, service or CI token (`kvp_`, `kvs_`, `kvc_`).",
        }
