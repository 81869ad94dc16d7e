"""The OpenAPI document and a page to read it, both from this server alone."""

import functools
from collections.abc import Sequence
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularSwaggerSplitView


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
