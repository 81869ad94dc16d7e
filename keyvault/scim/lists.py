"""A page of a list: by the database where it can answer the filter, else one by one, up to a limit."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import QuerySet
from scim2_models import Context, ListResponse, Resource, SearchRequest, TooManyException

from keyvault.scim.filters import Column, narrow
from keyvault.scim.resources import LARGEST_PAGE

ONE_BY_ONE = 1000  # rows
_USUAL_PAGE = 100
_FARTHEST = 2**31  # beyond any list, and still an offset of the database
_ASKED = ("filter", "startIndex", "count", "attributes", "excludedAttributes")

Kind = TypeVar("Kind", bound=Resource[Any])


def search_of(asked: Mapping[str, Any], kind: type[Kind]) -> SearchRequest[Kind]:
    """What a query string or the body of a search asks. No order is offered, so ``sortBy`` is read over.

    Raises pydantic.ValidationError.
    """
    known = {name: asked[name] for name in _ASKED if name in asked}
    bound: Any = SearchRequest.__class_getitem__(kind)
    search: SearchRequest[Kind] = bound.model_validate(known, scim_ctx=Context.SEARCH_REQUEST)
    return search


def page_of(
    search: SearchRequest[Kind],
    rows: QuerySet[Any, Any],
    columns: Mapping[str, Column],
    shown: Callable[[QuerySet[Any, Any]], list[Kind]],
) -> dict[str, Any]:
    """Raises TooManyException where too many rows would have to be matched one by one."""
    narrowed = narrow(search.filter.ast if search.filter else None, columns)
    found = rows.filter(narrowed.query)
    first = min(search.start_index or 1, _FARTHEST)
    size = min(LARGEST_PAGE, _USUAL_PAGE if search.count is None else search.count)
    part = slice(first - 1, first - 1 + size)
    if narrowed.exact:
        total, page = found.count(), shown(found[part]) if size else []
    else:
        matching = [each for each in _all(found, shown) if search.filter is None or search.filter.match(each)]
        total, page = len(matching), matching[part]
    return _listed(search, page, total, first)


def _all(rows: QuerySet[Any, Any], shown: Callable[[QuerySet[Any, Any]], list[Kind]]) -> list[Kind]:
    if rows[: ONE_BY_ONE + 1].count() > ONE_BY_ONE:
        raise TooManyException(detail="Only eq on id, userName, displayName, externalId, emails, active and members.")
    return shown(rows)


def _listed(search: SearchRequest[Kind], page: list[Kind], total: int, first: int) -> dict[str, Any]:
    resources = [each.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search) for each in page]
    return {
        "schemas": [str(ListResponse.__schema__)],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
