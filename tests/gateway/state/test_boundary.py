"""With the gateway's own database account every table that it does not serve is shut, and most others are read-only."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from psycopg import errors, sql

from gateway.rights import READS, WRITES
from tests.cast import CastTransactionTestCase

ACTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
ITS_STATE = "installation"  # read by everybody: whether the database is the one that it was
SERVED = frozenset({*READS, *WRITES, ITS_STATE})
SHUT = frozenset(
    {"accounts_totpdevice", "accounts_recoverycode", "audit_checkpoint", "orgs_connection", "secrets_secretversion"}
)
"""Some that must be among those that are shut: a test that finds no table finds no fault."""


class BoundaryTests(CastTransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        with self.gateway() as gateway:
            rows = gateway.execute(
                "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname IN ('public', 'audit_parts')"
            )
            self.tables = rows.fetchall()

    def test_what_it_does_not_serve_it_neither_reads_nor_changes(self) -> None:
        shut = [(schema, table) for schema, table in self.tables if schema != "public" or table not in SERVED]
        self.assertLessEqual(SHUT, {table for _, table in shut})
        with self.gateway() as gateway:
            for schema, table in shut:
                name = sql.Identifier(schema, table)
                for statement in ("SELECT 1 FROM {} LIMIT 1", "DELETE FROM {}", "TRUNCATE {}"):
                    with self.subTest(f"{statement} {table}"), self.assertRaises(errors.InsufficientPrivilege):
                        gateway.execute(sql.SQL(statement).format(name))
                if schema == "public":  # the other schema is shut as a whole
                    self.assertEqual(self.may(gateway, table), set(), table)

    def test_what_it_serves_it_changes_only_where_it_must(self) -> None:
        with self.gateway() as gateway:
            for table in sorted(SERVED):
                wanted = {right.strip() for right in WRITES.get(table, "").split(",") if right}
                wanted |= {"SELECT"} if READS.get(table) == "" or table == ITS_STATE else set()
                with self.subTest(table):
                    self.assertEqual(self.may(gateway, table), wanted)

    def test_it_makes_nothing_of_its_own(self) -> None:
        with self.gateway() as gateway:
            for statement in ("CREATE TABLE public.own (id int)", "CREATE SCHEMA own", "CREATE ROLE own"):
                with self.subTest(statement), self.assertRaises(errors.InsufficientPrivilege):
                    gateway.execute(statement)

    @contextmanager
    def gateway(self) -> Iterator[psycopg.Connection]:
        url = os.environ["KEYVAULT_GATEWAY_DATABASE_URL"]
        with closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as connection:
            yield connection

    def may(self, gateway: psycopg.Connection, table: str) -> set[str]:
        """Of the table as a whole; what is granted on columns is not among it."""
        rows = gateway.execute(
            "SELECT act FROM unnest(%s::text[]) AS act WHERE has_table_privilege('public.' || %s, act)",
            [list(ACTS), table],
        )
        return {act for (act,) in rows}
