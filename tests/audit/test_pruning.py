"""Whole months leave the log for an archive: what stays is proven as before, and what is gone is found there."""

import datetime as dt
from pathlib import Path
from unittest import mock

from django.db import connection

from audit.models import Event, Leaf
from audit.services import Receipt
from audit.verifier.kv_audit_verify import INCOMPLETE, TAMPERED, VERIFIED
from keyvault.ids import uuid7, uuid7_floor
from keyvault.owner import database_owner
from keyvault.target import Ref
from tests.audit.sealed import ACME, EVIL, as_superuser
from tests.audit.test_audit_command import CommandTestCase


def month_ago(months: int) -> dt.datetime:
    day = dt.datetime.now(dt.UTC).replace(day=15, hour=12)
    for _ in range(months):
        day = day.replace(day=1) - dt.timedelta(days=15)
    return day


class PruningTests(CommandTestCase):
    """The log has events of two months ago, of a month ago, and of now."""

    def setUp(self) -> None:
        for months in (2, 1):
            with database_owner(), connection.cursor() as cursor:
                cursor.execute("SET TimeZone = 'UTC'")
                make_month(cursor, month_ago(months))
        self.witness = str(self.place / "witness")
        self.archives = self.place / "archives"
        self.this_month = f"{month_ago(0):%Y-%m}"
        self.oldest, self.part = f"{month_ago(2):%Y-%m}", f"{month_ago(2):%Y_%m}"
        self.receipts = [*self.happened(2, 3), *self.happened(2, 2, org=EVIL), *self.happened(1, 4), *self.happen(5)]
        with self.settings(KEYVAULT_WITNESS_PATHS=[self.witness]):
            self.assertEqual(self.audit("seal")[0], 0)

    def happened(self, months: int, count: int, org: Ref = ACME) -> list[Receipt]:
        with mock.patch("audit.services.uuid7", side_effect=lambda at: uuid7(month_ago(months))):
            return self.happen(count, org=org)

    def prune(self, before: str) -> tuple[int, str]:
        return self.audit("prune", str(self.archives), "--before", before)

    def verified(self, *more: str) -> tuple[int, str]:
        return self.audit("verify", "--public-key", self.key(), "--witness", self.witness, *more)

    def archive(self, month: str) -> Path:
        return self.archives / month

    def test_month_goes_and_its_proofs_stay(self) -> None:
        code, said = self.prune(f"{month_ago(1):%Y-%m}")
        self.assertEqual(
            (code, said), (0, f"{self.oldest.replace('-', '_')}: 5 events are in {self.archive(self.oldest)} alone.\n")
        )
        gone = [receipt.event_id for receipt in self.receipts[:5]]
        self.assertFalse(Event.objects.filter(pk__in=gone).exists())
        self.assertEqual(Leaf.objects.filter(event_id__in=gone).count(), 5)
        [event] = Event.objects.filter(action="audit:prune")
        self.assertEqual(event.document["details"]["events"], 5)
        receipts = self.place / "receipts"
        receipts.write_text("".join(f"{receipt}\n" for receipt in self.receipts))
        code, said = self.verified("--receipts", str(receipts))
        self.assertEqual(code, INCOMPLETE, said)
        self.assertIn("W_PRUNED", said)

    def test_bundle_is_complete_with_the_archives_and_incomplete_without(self) -> None:
        self.prune(self.this_month)
        self.audit("seal")
        bundle = self.exported()
        code, said = self.tool(bundle, "--public-key", self.key())
        self.assertEqual(code, INCOMPLETE, said)
        archives = [f"--archive={each}" for each in sorted(self.archives.iterdir())]
        self.assertEqual(len(archives), 2)
        code, said = self.tool(bundle, "--public-key", self.key(), *archives)
        self.assertEqual(code, VERIFIED, said)

    def test_changed_byte_of_the_archive_is_tampering(self) -> None:
        self.prune(self.this_month)
        bundle = self.exported()
        entries = self.archive(self.oldest) / str(ACME.id) / "entries.jsonl"
        entries.write_bytes(entries.read_bytes().replace(b"203.0.113.9", b"203.0.113.8", 1))
        code, said = self.tool(bundle, "--public-key", self.key(), "--archive", self.archive(self.oldest))
        self.assertEqual(code, TAMPERED)
        self.assertIn("E_LEAF_HASH", said)

    def test_month_that_is_not_sealed_or_not_over_is_refused(self) -> None:
        self.assertIn("not over", self.prune("2999-01")[1])
        self.happened(1, 1)
        code, said = self.prune(self.this_month)
        self.assertEqual(code, 1)
        self.assertIn("1 events of", said)
        self.assertIn("are not sealed", said)
        self.assertEqual(Event.objects.filter(org_id=ACME.id).count(), 10)  # of the oldest month nothing is left

    def test_month_that_is_not_as_it_was_sealed_is_refused(self) -> None:
        with as_superuser() as execute:
            execute(
                "UPDATE audit_event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '203.0.113.9',"
                " '203.0.113.8'), 'UTF8') WHERE id = %s",
                [self.receipts[0].event_id],
            )
        code, said = self.prune(self.this_month)
        self.assertEqual(code, 1)
        self.assertIn("is not verified", said)
        self.assertEqual(Event.objects.filter(pk=self.receipts[0].event_id).count(), 1)

    def test_prune_that_no_event_bears_out_is_tampering(self) -> None:
        with as_superuser() as execute:
            execute("DELETE FROM audit_event WHERE id = %s", [self.receipts[0].event_id])
            execute(
                "INSERT INTO audit_prune VALUES (%s, 5, %s, %s)", [self.oldest.replace("-", "_"), bytes(32), uuid7()]
            )
        code, said = self.verified()
        self.assertEqual(code, TAMPERED)
        self.assertIn("E_PRUNE", said)
        self.assertIn("E_EVENT_MISSING", said)
        self.assertEqual(self.tool(self.exported(), "--public-key", self.key())[0], TAMPERED)

    def test_app_cannot_prune(self) -> None:
        part = f"audit_parts.audit_event_{self.part}"
        for statement in (f"DROP TABLE {part}", "INSERT INTO audit_prune VALUES ('2026_01', 1, '', gen_random_uuid())"):
            with self.subTest(statement), self.assertRaisesRegex(Exception, "permission denied"):
                self.rows(statement)


def make_month(cursor: object, at: dt.datetime) -> None:
    """A partition of the past, which an installation has once it is old enough."""
    start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (start + dt.timedelta(days=32)).replace(day=1)
    part = f"audit_event_{start:%Y_%m}"
    for statement in (
        f"CREATE TABLE audit_parts.{part} (LIKE public.audit_event INCLUDING CONSTRAINTS)",
        f"ALTER TABLE public.audit_event ATTACH PARTITION audit_parts.{part} FOR VALUES"
        f" FROM ('{uuid7_floor(start)}') TO ('{uuid7_floor(end)}')",
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_parts.{part}"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse()",
        f"ALTER TABLE audit_parts.{part} ENABLE ALWAYS TRIGGER never_truncated",
    ):
        cursor.execute(statement)  # type: ignore[attr-defined]
