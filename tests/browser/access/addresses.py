"""Every page that the URL configuration has, filled in: a new one is among them without anybody's doing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.urls import URLPattern, get_resolver, reverse

from tests.browser.access.scenery import Fill

MACHINES = ("api/v1/", "scim/v2/")
FOR_PEOPLE = frozenset({"docs"})
"""Among the addresses for machines."""

NO_PAGES = frozenset({"admin:None"})
"""What answers to every other address of the admin, with a 404."""


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Place:
    """A pattern with the names of its holes."""

    name: str
    holes: tuple[str, ...]


def places() -> list[Place]:
    return [each for each in _walk(get_resolver().url_patterns) if each.name not in NO_PAGES]


def addresses(fill: Fill) -> list[Address]:
    """Without those of :func:`unfilled`."""
    return [
        Address(place.name, reverse(place.name, kwargs=dict(zip(place.holes, values, strict=True))) + query)
        for place in places()
        if not _empty(fill, place)
        for values in product(*(_values(fill, place.name, hole) for hole in place.holes))
        for query in (f"?{each}" if each else "" for each in fill.get(f"{place.name}?", [""]))
    ]


def unfilled(fill: Fill) -> list[str]:
    """Holes that nothing fills: say in the scenery what does."""
    return [f"{place.name}:{hole}" for place in places() for hole in _empty(fill, place)]


def _walk(patterns: Any, before: str = "", space: str = "", holes: tuple[str, ...] = ()) -> Iterator[Place]:
    for each in patterns:
        inside = (*holes, *_holes(each.pattern))
        whole = before + str(each.pattern)
        if isinstance(each, URLPattern):
            if not whole.startswith(MACHINES) or each.name in FOR_PEOPLE:
                yield Place(f"{space}{each.name}", inside)
        else:
            yield from _walk(each.url_patterns, whole, f"{each.namespace}:" if each.namespace else space, inside)


def _holes(pattern: Any) -> tuple[str, ...]:
    expression = getattr(pattern, "_regex", None)
    return tuple(pattern.regex.groupindex) if expression else tuple(pattern.converters)


def _values(fill: Fill, name: str, hole: str) -> list[str]:
    """The closest: of this address, of its model in the admin, of every address with such a hole; else none."""
    model = name.rpartition("_")[0]
    known = (each for each in (f"{name}:{hole}", f"{model}:{hole}", hole) if each in fill)
    return fill.get(next(known, ""), [])


def _empty(fill: Fill, place: Place) -> list[str]:
    return [hole for hole in place.holes if not _values(fill, place.name, hole)]
