"""Answers as compact JSON in UTF-8; the type stands bare, without a charset (RFC 8259 §11 has none)."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)


class JSONAlways(BaseContentNegotiation):
    """There is one form of every answer, so ``Accept`` and ``?format=`` choose nothing (RFC 9110 §12.5.1 permits)."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        media_type, _, parameters = request.content_type.partition(";")
        if media_type.strip().lower() != "application/json" or not _is_utf8(parameters):
            return None
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return None
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""


def _is_utf8(parameters: str) -> bool:
    return parameters.replace(" ", "").replace('"', "").lower() in ("", "charset=utf-8")
