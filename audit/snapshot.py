"""One moment of the database for many queries, and rows that come one by one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

_ROWS = 2000  # fetched at a time


@contextmanager
def one_moment() -> Iterator[None]:
    """What others commit meanwhile is not seen. Inside of a transaction that is the caller's affair."""
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def streamed(query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Row by row from a cursor on the server, in flat memory; inside of a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(_ROWS):
            yield from rows
