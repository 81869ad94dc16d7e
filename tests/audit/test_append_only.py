"""What nobody can do to the log: the app role for want of rights, its owner because triggers refuse."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import Error, IntegrityError, ProgrammingError, connection, transaction
from django.test import TestCase, TransactionTestCase
from psycopg import sql

from audit.models import Event
from audit.partitions import unguarded
from audit.services import COLUMNS, prepare, record
from tests.audit.scene import committed, events, owner, owner_role, person, stripe


def partition_of(event: Event) -> str:
    return f"audit_parts.audit_event_{event.at:%Y_%m}"


def executed(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


class AppRoleTests(TestCase):
    def setUp(self) -> None:
        record("fence:kept", actor=person(), on=stripe())
        (self.event,) = events("fence:kept")

    def assertRefused(self, statements: Iterable[str], why: str) -> None:
        for statement in statements:
            with self.subTest(statement), self.assertRaisesRegex(Error, why):
                executed(statement.format(part=partition_of(self.event)))
        self.assertEqual([event.document for event in events("fence:kept")], [self.event.document])

    def test_may_not_change_remove_or_replace_rows(self) -> None:
        self.assertRefused(
            [
                "UPDATE audit_event SET reason = 'x'",
                "UPDATE audit_event SET reason = reason WHERE false",
                "DELETE FROM audit_event",
                "TRUNCATE audit_event",
                "INSERT INTO audit_event SELECT * FROM audit_event ON CONFLICT (id) DO UPDATE SET reason = 'x'",
                "MERGE INTO audit_event a USING audit_event b ON a.id = b.id WHEN MATCHED THEN DELETE",
                "SELECT * FROM audit_event FOR UPDATE",
            ],
            "permission denied",
        )

    def test_may_not_enter_the_partitions(self) -> None:
        self.assertRefused(
            [
                "SELECT * FROM {part}",
                "INSERT INTO {part} SELECT * FROM audit_event",
                "UPDATE {part} SET reason = 'x'",
                "DELETE FROM {part}",
                "TRUNCATE {part}",
                "COPY {part} TO STDOUT",
                "COPY {part} FROM STDIN",
                "CREATE TABLE audit_parts.mine ()",
            ],
            "permission denied",
        )

    def test_may_not_switch_off_or_take_apart_what_guards_the_log(self) -> None:
        self.assertRefused(
            [
                "ALTER TABLE audit_event DISABLE TRIGGER ALL",
                "ALTER TABLE audit_event DISABLE TRIGGER rows_are_fixed",
                "DROP TRIGGER rows_are_fixed ON audit_event",
                "CREATE TRIGGER mine BEFORE INSERT ON audit_event EXECUTE FUNCTION audit_refuse()",
                "CREATE RULE mine AS ON INSERT TO audit_event DO INSTEAD NOTHING",
                "ALTER TABLE audit_event DETACH PARTITION {part}",
                "DROP TABLE audit_event",
                "DROP SCHEMA audit_parts CASCADE",
                "DROP FUNCTION audit_refuse() CASCADE",
                "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
                "ALTER TABLE audit_event OWNER TO CURRENT_USER",
                "SET session_replication_role = replica",
                f"SET ROLE {owner_role()}",
            ],
            "permission denied|must be owner",
        )

    def test_may_not_put_a_row_over_another(self) -> None:
        with self.assertRaises(IntegrityError):
            executed("INSERT INTO audit_event SELECT * FROM audit_event")

    def test_copy_is_an_insert_and_replaces_nothing(self) -> None:
        row = prepare("fence:forged", actor=person(), on=stripe())
        copying = sql.SQL("COPY audit_event ({}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
        with (
            self.assertRaises(psycopg.errors.UniqueViolation),
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy(copying) as copy,
        ):
            copy.write_row((self.event.id, *row[1:]))
        self.assertEqual(events("fence:forged"), [])


class OrmTests(TestCase):
    def setUp(self) -> None:
        record("orm:kept", actor=person(), on=stripe())
        (self.event,) = events("orm:kept")

    def assertKept(self) -> None:
        self.assertEqual([event.document for event in events("orm:kept")], [self.event.document])

    def test_update_is_refused(self) -> None:
        with self.assertRaises(ProgrammingError), transaction.atomic():
            Event.objects.update(reason="x")
        with self.assertRaises(ProgrammingError), transaction.atomic():
            Event.objects.bulk_update([self.event], ["reason"])
        self.event.reason = "x"
        with self.assertRaises(ProgrammingError), transaction.atomic():
            self.event.save()
        self.assertKept()

    def test_delete_is_refused(self) -> None:
        with self.assertRaises(ProgrammingError), transaction.atomic():
            Event.objects.all().delete()
        with self.assertRaises(ProgrammingError), transaction.atomic():
            Event.objects.get(pk=self.event.pk).delete()
        self.assertKept()

    def test_bulk_create_over_conflicts_is_refused(self) -> None:
        with self.assertRaises(ProgrammingError), transaction.atomic():
            Event.objects.bulk_create(
                [self.event], update_conflicts=True, unique_fields=["id"], update_fields=["reason"]
            )
        self.assertKept()

    def test_loaddata_over_a_row_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fixture = Path(folder) / "events.json"
            fixture.write_text(
                json.dumps([{"model": "audit.event", "pk": str(self.event.pk), "fields": {"reason": "x"}}])
            )
            with self.assertRaises((ProgrammingError, IntegrityError)), transaction.atomic():
                call_command("loaddata", str(fixture), verbosity=0)
        self.assertKept()


class FlushTests(TransactionTestCase):
    def test_flush_leaves_the_log_alone(self) -> None:
        record("flush:kept", actor=person(), on=committed())
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
        self.assertEqual(len(events("flush:kept")), 1)


class OwnerTests(TestCase):
    def setUp(self) -> None:
        self.row = prepare("owner:kept", actor=person(), on=stripe())
        self.part = f"audit_parts.audit_event_{self.row.at:%Y_%m}"

    def added(self, database: psycopg.Connection) -> None:
        insert = sql.SQL("INSERT INTO audit_event ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, COLUMNS)), sql.SQL(", ").join([sql.Placeholder()] * len(COLUMNS))
        )
        database.execute(insert, self.row)

    def test_triggers_refuse_even_the_owner_on_the_table_and_on_each_partition(self) -> None:
        for table in ("audit_event", self.part):
            for statement in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with self.subTest(statement), owner() as database:
                    self.added(database)
                    with self.assertRaisesRegex(psycopg.errors.InsufficientPrivilege, "append-only"):
                        database.execute(statement.encode())

    def test_every_table_of_the_log_has_both_triggers_always_on(self) -> None:
        self.assertEqual(unguarded(), [])

    def test_missing_or_weakened_trigger_is_noticed(self) -> None:
        last = self.part.split(".")[1]
        weakenings = {
            f"DROP TRIGGER never_truncated ON {self.part}": [last],
            f"ALTER TABLE {self.part} ENABLE TRIGGER rows_are_fixed": [last],
            f"ALTER TABLE {self.part} DISABLE TRIGGER never_truncated": [last],
            "DROP TRIGGER never_truncated ON audit_event": ["audit_event"],
        }
        for statement, missing in weakenings.items():
            with self.subTest(statement), owner() as database:
                database.execute(statement.encode())
                self.assertEqual(
                    database.execute("SELECT array_agg(name) FROM audit_unguarded() AS name").fetchone(), (missing,)
                )

    def test_new_months_are_not_made_while_a_trigger_is_missing(self) -> None:
        with owner() as database:
            database.execute(f"DROP TRIGGER never_truncated ON {self.part}".encode())
            with self.assertRaisesRegex(psycopg.errors.ObjectNotInPrerequisiteState, "without its triggers"):
                database.execute("SELECT audit_make_months(36)")
