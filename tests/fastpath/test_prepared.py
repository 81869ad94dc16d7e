"""A statement is prepared once on each connection, and found out to be gone or outdated without harm."""

import datetime as dt
import gc
import uuid
import weakref

import psycopg
from django.db import connection, transaction
from django.test import TransactionTestCase

from keyvault.fastpath.prepared import Row, Statement

_TEXT = "SELECT %s::int AS i, %s::text AS t, %s::bytea AS b, %s::uuid AS u, %s::text[] AS l, %s::timestamptz AS m"
_NOW = dt.datetime(2027, 3, 12, 9, 30, tzinfo=dt.UTC)
_KINDS = [7, "a'b\\", b"\0\xff", uuid.UUID(int=1), ["x", "y,z"], _NOW]


class StatementTests(TransactionTestCase):
    def setUp(self) -> None:
        connection.ensure_connection()
        self.statement = Statement(_TEXT)
        connection.connection.pgconn.exec_(b"DEALLOCATE ALL")

    def test_values_come_back_as_they_went(self) -> None:
        self.assertEqual(list(self.rows(_KINDS)[0].values()), _KINDS)

    def test_a_value_may_be_missing_or_larger_than_the_first_was(self) -> None:
        self.rows([None] * 6)
        self.assertEqual(self.rows([2**31 - 1, *[None] * 5])[0]["i"], 2**31 - 1)
        self.assertEqual(self.rows(_KINDS)[0]["l"], ["x", "y,z"])

    def test_it_is_prepared_once(self) -> None:
        for _ in range(3):
            self.rows(_KINDS)
        self.assertEqual(self.prepared(), 1)

    def test_it_is_prepared_again_after_a_rollback(self) -> None:
        self.rows(_KINDS)
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            connection.connection.execute("SELECT 1", prepare=True)  # so that psycopg has something to throw away
            raise ZeroDivisionError
        self.prepared()  # the next statement is what makes psycopg clear away
        self.assertEqual(self.prepared(), 0)
        self.assertEqual(self.rows(_KINDS)[0]["i"], 7)

    def test_in_a_transaction_and_behind_a_pooler_nothing_is_prepared(self) -> None:
        with transaction.atomic():
            self.assertEqual(self.rows(_KINDS)[0]["u"], uuid.UUID(int=1))
        connection.connection.prepare_threshold = None
        self.addCleanup(setattr, connection.connection, "prepare_threshold", 5)
        self.assertEqual(self.rows(_KINDS)[0]["m"], _NOW)
        self.assertEqual(self.prepared(), 0)

    def test_a_table_that_changed_fails_one_read_and_not_the_next(self) -> None:
        past_psycopg = connection.connection.pgconn.exec_  # which would throw the statement away
        past_psycopg(b"CREATE TEMPORARY TABLE changing (a int)")
        self.addCleanup(past_psycopg, b"DROP TABLE changing")
        statement = Statement("SELECT changing.*, %s::int AS n FROM changing")
        statement.rows(connection.connection, [1])
        past_psycopg(b"ALTER TABLE changing ALTER a TYPE text")
        with self.assertRaises(psycopg.errors.FeatureNotSupported):
            statement.rows(connection.connection, [1])
        self.assertEqual(statement.rows(connection.connection, [1]), [])

    def test_a_connection_that_is_closed_is_let_go(self) -> None:
        self.rows(_KINDS)
        closed = weakref.ref(connection.connection)
        connection.close()
        gc.collect()
        self.assertIsNone(closed())

    def test_what_the_server_refuses_is_an_error(self) -> None:
        with self.assertRaises(psycopg.errors.UndefinedTable):
            Statement("SELECT %s::int FROM of_nothing").rows(connection.connection, [1])
        with self.assertRaises(psycopg.errors.InvalidTextRepresentation):
            self.rows([*_KINDS[:3], "no uuid", *_KINDS[4:]])
        self.assertEqual(self.rows(_KINDS)[0]["i"], 7)

    def rows(self, values: list[object]) -> list[Row]:
        return self.statement.rows(connection.connection, values)

    def prepared(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'keyvault%%'", [])
            return int(cursor.fetchone()[0])
