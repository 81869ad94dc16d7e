"""A statement that each connection prepares once and then sends by libpq's own calls, past a cursor's bookkeeping.

A cursor finds out anew at every execution how to write each value and how to read each column; here both are fixed by
the statement, whose every value stands under a cast (``%s::uuid``). Bytes go as they are, other values as text; rows
come in PostgreSQL's binary format. psycopg's own dumpers and loaders convert both.
"""

import itertools
import re
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.abc import Buffer, PyFormat
from psycopg.abc import Transformer as Convert
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.rows import dict_row

Connection = psycopg.Connection[Any]
Row = dict[str, Any]

_numbers = itertools.count(1)


class Statement:
    """Made of a text with one ``%s`` under a cast for each value, and no other percent sign."""

    def __init__(self, text: str) -> None:
        places = itertools.count(1)
        self._text = text.encode()
        self._numbered = re.sub("%s", lambda _: f"${next(places)}", text).encode()
        self._columns: Sequence[str] = ()
        self._prepared: WeakKeyDictionary[Connection, tuple[bytes, Convert]] = WeakKeyDictionary()

    def rows(self, on: Connection, values: Sequence[object]) -> list[Row]:
        """Raises psycopg.Error. By a cursor in a transaction, which psycopg begins late and only by itself, and behind
        a transaction pooler (``prepare_threshold`` is None).

        psycopg throws away what a connection has prepared after every rollback, so that the statement may be gone: the
        server says so before it does anything.
        """
        if on.prepare_threshold is None or not on.autocommit:
            with psycopg.Cursor(on, row_factory=dict_row) as cursor:
                return cursor.execute(self._text, values).fetchall()
        try:
            return self._rows_prepared(on, values)
        except InvalidSqlStatementName:
            return self._rows_prepared(on, values)

    def _rows_prepared(self, on: Connection, values: Sequence[object]) -> list[Row]:
        try:
            name, convert = self._prepared.get(on) or self._prepare(on)
            sent, formats = _written(convert, values)
            result = _required(on.pgconn.exec_prepared(name, sent, formats, Format.BINARY))  # type: ignore[arg-type]
        except psycopg.Error:
            self._prepared.pop(on, None)  # gone, or of no use since a table was changed
            raise
        return self._loaded(result, convert)

    def _prepare(self, on: Connection) -> tuple[bytes, Convert]:
        name = b"keyvault_%d" % next(_numbers)
        _required(on.pgconn.prepare(name, self._numbered))
        prepared = self._prepared[on] = name, Transformer(on.adapters)  # not the connection: it must stay collectable
        return prepared

    def _loaded(self, result: PGresult, convert: Convert) -> list[Row]:
        columns = self._columns = self._columns or _columns(result)
        convert.set_pgresult(result, format=Format.BINARY)
        rows = convert.load_rows(0, result.ntuples, lambda values: dict(zip(columns, values, strict=True)))
        convert.set_pgresult(None)  # it holds an envelope, and nothing else lets it go before the next read
        return rows


def _written(convert: Convert, values: Sequence[object]) -> tuple[Sequence[Buffer | None], list[int]]:
    """The values and their formats. As text the server takes each for what its cast says, whatever its size."""
    formats = [PyFormat.BINARY if isinstance(value, bytes) else PyFormat.TEXT for value in values]
    return convert.dump_sequence(values, formats), [int(wanted is PyFormat.BINARY) for wanted in formats]


def _columns(result: PGresult) -> list[str]:
    return [(result.fname(place) or b"").decode() for place in range(result.nfields)]


def _required(result: PGresult) -> PGresult:
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise psycopg.errors.error_from_result(result, encoding="utf-8")
    return result
