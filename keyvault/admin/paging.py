"""Pages of tables that grow without end: rows are counted up to a limit and no further."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

LIMIT = 10_000  # rows that are counted, and that can be paged through


class CappedPaginator(Paginator):  # type: ignore[type-arg] # of whatever rows
    """Past the limit the way to a row is a search or a filter; ``capped`` says that there are more."""

    object_list: Any

    @cached_property
    def count(self) -> int:
        return min(self._counted, LIMIT)

    @property
    def capped(self) -> bool:
        return self._counted > LIMIT

    @cached_property
    def _counted(self) -> int:
        rows: int = self.object_list.order_by()[: LIMIT + 1].count()
        return rows
