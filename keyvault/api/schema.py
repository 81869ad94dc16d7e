"""How the API describes itself: OpenAPI 3.1, one operation per method, the refusals as problem details."""

import functools
from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers

from keyvault.api.fields import Body, Query
from keyvault.api.problems import MEDIA_TYPE

View = TypeVar("View")

_EVERYWHERE = (401, 403, 429)
_WITH_BODY = (400, 413, 415, 422)
_WORDS = {
    400: "The body is not the JSON that the API reads.",
    401: "No token, or not a valid one.",
    403: "A rule refused it; `rule` names the rule, `remedy` who can change it.",
    404: "It does not exist here, or belongs to another organization.",
    409: "The state does not permit it.",
    413: "The body is too large.",
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
    unchanged: bool = False,
) -> Any:
    """Describes a view's method. ``refuses``: statuses beyond those of every operation (and of one with a body)."""
    codes = {*_EVERYWHERE, *refuses, *(_WITH_BODY if takes else ()), *((422,) if query else ())}
    responses: dict[Any, Any] = {status: OpenApiResponse(answers, description="" if answers else "Done.")}
    if unchanged:
        responses[304] = OpenApiResponse(description="`If-None-Match` names what would be shown.")
    responses |= {(code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, _WORDS[code]) for code in sorted(codes)}
    responses["default", MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, "The server could not answer.")
    parameters: list[Any] = [*([query] if query else []), *(_header(header, status) for header in headers)]
    return extend_schema(operation_id=name, request=takes, responses=responses, parameters=parameters)


class Schema(AutoSchema):
    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "")]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "keyvault.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal, service or CI token (`kvp_`, `kvs_`, `kvc_`).",
        }


@functools.cache
def document() -> bytes:
    """The OpenAPI document. It is the same for everybody and takes a second to make, so it is made once a process."""
    described = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return orjson.dumps(orjson.loads(OpenApiJsonRenderer().render(described)))


@require_safe
@cache_control(no_cache=True)
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(document(), content_type="application/vnd.oai.openapi+json;version=3.1")


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files, without inline script or style: it runs under the strict CSP."""

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = ()
    throttle_classes: Sequence[Any] = ()
    url_name = "openapi"
    template_name = "api/docs.html"


def _header(name: str, status: int) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, response=[status])
