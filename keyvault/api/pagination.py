"""Long lists a page at a time: the cursor is the last key seen, so no page repeats or skips what did not change."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from keyvault.api.parsers import Malformed, parse_object
from keyvault.errors import Invalid

PAGE = 50
LARGEST = 200


class CursorPagination(BasePagination):
    """Orders by the view's ``ordering``: one field, unique within what the view lists; ``-`` before it: descending."""

    _next: str | None = None

    def paginate_queryset(  # type: ignore[override] # of querysets only
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        ordering: str = getattr(view, "ordering", "id")
        field, size = ordering.lstrip("-"), _size(request.query_params)
        rows = queryset.order_by(ordering)
        if cursor := request.query_params.get("cursor"):
            side = "lt" if ordering.startswith("-") else "gt"
            rows = rows.filter(**{f"{field}__{side}": _position(cursor, queryset.model, field)})
        page = list(rows[: size + 1])
        if len(page) > size:
            page.pop()
            self._next = _cursor(getattr(page[-1], field))
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next_cursor": self._next})

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        cursor = {"type": ["string", "null"], "description": "For `cursor` in the next request; null on the last page."}
        properties = {"results": schema, "next_cursor": cursor}
        return {"type": "object", "required": list(properties), "properties": properties}


def _size(query: Mapping[str, str]) -> int:
    text = query.get("page_size", str(PAGE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= LARGEST):
        raise Invalid(f"page_size is a number from 1 to {LARGEST}.", extra={"field": "page_size"})
    return int(text)


def _cursor(position: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"after": str(position)})).rstrip(b"=").decode()


def _position(cursor: str, model: type[Model], field: str) -> Any:
    """A cursor is input like any other: what the field cannot hold never reaches the database."""
    try:
        said = parse_object(base64.b64decode(cursor + "==="[: -len(cursor) % 4], b"-_", validate=True))
        if not isinstance(after := said["after"], str):
            raise TypeError
        column = model._meta.get_field(field)
        return column.to_python(after) if isinstance(column, Field) else None
    except (binascii.Error, ValueError, KeyError, TypeError, Malformed, ValidationError):
        raise Invalid("The cursor is not one of this list.", extra={"field": "cursor"}) from None
