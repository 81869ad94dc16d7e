"""The key ring of the template database, put back after every test that empties the tables.

A new ring would not do: the audit log is never emptied, and its events were sealed under the first one's keys.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate
from psycopg import sql

Snapshot = dict[str, bytes]  # a table's rows as COPY writes them


@contextmanager
def ring_outlives_flush() -> Iterator[None]:
    """TransactionTestCase ends in a flush, and a flush ends in this signal of Django's."""
    snapshot, keyring = take_snapshot(), apps.get_app_config("keyring")

    def restore(**_: object) -> None:
        put_back(snapshot)

    post_migrate.connect(restore, sender=keyring)
    try:
        yield
    finally:
        post_migrate.disconnect(restore, sender=keyring)


def take_snapshot() -> Snapshot:
    with _cursor() as cursor:
        return {table: _rows(cursor, table) for table in _tables(cursor)}


def put_back(snapshot: Snapshot) -> None:
    """Does nothing to a table that still has rows."""
    with _cursor() as cursor, cursor.connection.transaction():
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table, rows in snapshot.items():
            if not _rows(cursor, table):
                _write(cursor, table, rows)


def _cursor() -> psycopg.Cursor:
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def _tables(cursor: psycopg.Cursor) -> list[str]:
    """In an order in which each row finds what it points to."""
    tables = [model._meta.db_table for model in apps.get_app_config("keyring").get_models()]
    cursor.execute(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s) AND confrelid <> conrelid",
        [tables],
    )
    points_to: list[tuple[str, str]] = cursor.fetchall()
    return sorted(tables, key=lambda table: _depth(table, points_to))


def _depth(table: str, points_to: list[tuple[str, str]]) -> int:
    return max((1 + _depth(target, points_to) for source, target in points_to if source == table), default=0)


def _rows(cursor: psycopg.Cursor, table: str) -> bytes:
    with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(piece) for piece in copy)


def _write(cursor: psycopg.Cursor, table: str, rows: bytes) -> None:
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        copy.write(rows)
