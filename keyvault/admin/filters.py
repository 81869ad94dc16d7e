"""Filters of the lists; each is named in the address by its parameter, and by no column."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.contrib.admin import ListFilter, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

Choices = list[tuple[str, str]]


class Choice(SimpleListFilter):
    """``options`` has for each value of the parameter its label and what it asks of a row."""

    options: ClassVar[Mapping[str, tuple[str, Callable[[], Q]]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(value, label) for value, (label, _) in self.options.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.options.get(self.value() or "")
        return queryset.filter(chosen[1]()) if chosen else queryset


class Typed(ListFilter):
    """A value that is typed, where there are too many to list. ``asks`` makes of it what it asks of a row."""

    template = "admin/operators/typed_filter.html"
    parameter_name: ClassVar[str]
    hint: ClassVar[str]

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.text = params.pop(self.parameter_name, [""])[-1].strip().replace("\0", "")

    def asks(self, text: str) -> Q:
        raise NotImplementedError

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self.asks(self.text)) if self.text else queryset

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """One entry: the others of the address, to be sent along, and the way back to all."""
        others = {name: value for name, value in changelist.params.items() if name != self.parameter_name}
        yield {"others": others, "all": changelist.get_query_string(remove=[self.parameter_name])}


def days_ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)
