"""The sealer: every committed event is sealed once, nothing forged is, and nothing that contradicts what was signed."""

import datetime as dt
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock
from uuid import UUID

import psycopg
from django.db import connection, transaction

from audit.entry import INSTANCE
from audit.models import Checkpoint, Event, Leaf, Sealer
from audit.notes import read
from audit.rows import COLUMNS
from audit.sealing import database, sealer, seed
from audit.sealing.batch import LATE
from audit.sealing.epochs import begin_epoch
from audit.sealing.errors import Inconsistent, SealerRefuses
from audit.sealing.growth import Batch
from audit.sealing.loop import Loop
from audit.sealing.state import State
from audit.services import prepare
from audit.standing import notices
from keyvault.ids import uuid7
from tests.audit.scene import person, stripe
from tests.audit.sealed import ACME, EVIL, SealedTestCase, as_superuser


class SealingTests(SealedTestCase):
    def test_each_organization_has_its_log_and_the_installation_states_their_heads(self) -> None:
        self.happen(3)
        self.happen(2, org=EVIL)
        self.happen(1, org=None)
        done = self.seal()
        self.assertEqual((done.sealed, list(done.refused)), (6 + self.before, []))
        self.assertEqual(self.count("SELECT count(*) FROM audit_leaf WHERE log_id = %s", ACME.id), 3)
        self.assertEqual(self.count("SELECT count(*) FROM audit_leaf WHERE log_id = %s", EVIL.id), 2)
        self.assertEqual(Leaf.objects.filter(log_id=INSTANCE, statement__isnull=False).count(), 2)
        self.assertEqual(Checkpoint.objects.count(), 3)

    def test_what_is_sealed_is_not_sealed_again(self) -> None:
        self.happen(3)
        self.seal()
        before = Checkpoint.objects.count()
        self.assertEqual(self.seal().sealed, 0)
        self.assertEqual(Checkpoint.objects.count(), before)

    def test_checkpoint_is_signed_by_the_key_in_the_folder(self) -> None:
        self.happen(1)
        self.seal()
        public = seed.load_key(self.folder).public_key().public_bytes_raw()
        for checkpoint in Checkpoint.objects.all():
            note = read(checkpoint.note, public)
            self.assertEqual((note.size, note.root), (checkpoint.size, bytes(checkpoint.root)))
            self.assertTrue(note.origin.startswith("keys.example.com/audit/"))

    def test_many_events_are_sealed_in_several_batches(self) -> None:
        self.happen(7)
        found = [self.look(most=3).sealed for _ in range(4)]
        self.assertEqual(sum(found), 7 + self.before)
        self.assertEqual(self.indexes(), list(range(7)))

    def test_folder_and_files_are_for_the_sealer_alone(self) -> None:
        self.seal()
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        for name in ("seed", "state.sqlite3"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o777, 0o600)

    def test_open_folder_or_seed_is_refused(self) -> None:
        self.seal()
        for path, mode in ((self.folder, 0o755), (self.folder / "seed", 0o640)):
            before = path.stat().st_mode & 0o777
            path.chmod(mode)
            with self.assertRaisesRegex(SealerRefuses, "chmod"):
                self.seal()
            path.chmod(before)

    def test_app_role_may_not_write_what_the_sealer_writes(self) -> None:
        self.happen(1)
        self.seal()
        for statement in (
            "INSERT INTO audit_leaf SELECT * FROM audit_leaf",
            "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint",
            "UPDATE audit_leaf SET leaf_index = 1",
            "DELETE FROM audit_checkpoint",
            "TRUNCATE audit_tile",
            "UPDATE audit_sealer SET trouble = ''",
        ):
            with self.subTest(statement), self.assertRaisesRegex(Exception, "permission denied"), transaction.atomic():
                self.rows(statement)

    def indexes(self) -> list[int]:
        leaves = Leaf.objects.filter(log_id=ACME.id).order_by("leaf_index")
        return list(leaves.values_list("leaf_index", flat=True))


class LateCommitTests(SealedTestCase):
    def test_event_that_commits_after_later_ones_is_sealed_exactly_once(self) -> None:
        with self.another_connection() as late:
            held = self.insert(late, uuid7())
            self.happen(1)
            self.assertEqual(self.seal().sealed, 1 + self.before)
            late.commit()
        self.assertEqual(self.seal().sealed, 1)
        self.assertEqual(self.seal().sealed, 0)
        leaf = Leaf.objects.get(event_id=held)
        self.assertEqual(leaf.leaf_index, 1)  # the order of record, not of ids

    def test_event_older_than_the_usual_look_is_found_by_the_look_at_everything(self) -> None:
        old = uuid7(dt.datetime.now(dt.UTC) - LATE - dt.timedelta(minutes=5))
        self.seal()
        with self.another_connection() as late:
            self.insert(late, old)
            late.commit()
        self.assertEqual(self.look().sealed, 0)
        self.assertEqual(self.look(everything=True).sealed, 1)

    def insert(self, late: psycopg.Connection, event_id: UUID) -> UUID:
        with mock.patch("audit.services.uuid7", return_value=event_id):
            row = prepare("secret:reveal", actor=person(), on=replace(stripe(), org=ACME))
        values = ", ".join(["%s"] * len(COLUMNS))
        late.execute(f"INSERT INTO audit_event ({', '.join(COLUMNS)}) VALUES ({values})".encode(), row)
        return event_id

    @contextmanager
    def another_connection(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(os.environ["DATABASE_URL"]) as late:
            yield late


class TamperedTests(SealedTestCase):
    def test_edited_row_is_never_sealed_and_raises_an_alarm_once(self) -> None:
        self.seal()
        receipts = self.happen(3)
        with as_superuser() as execute:
            execute(
                "UPDATE audit_event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '203.0.113.9',"
                " '203.0.113.8'), 'UTF8') WHERE id = %s",
                [receipts[1].event_id],
            )
        done = self.seal()
        self.assertEqual((done.sealed, list(done.refused)), (2, [(receipts[1].event_id, "E_ROW_MAC")]))
        (alarm,) = Event.objects.filter(action="audit:tampered")
        self.assertEqual((alarm.outcome, alarm.reason), ("error", "E_ROW_MAC"))
        self.assertEqual(alarm.document["about"]["id"], str(receipts[1].event_id))
        again = self.seal()
        self.assertEqual((again.sealed, list(again.refused)), (1, []))  # the alarm itself
        self.assertFalse(Leaf.objects.filter(event_id=receipts[1].event_id).exists())

    def test_column_that_is_not_of_the_entry_is_not_sealed(self) -> None:
        self.seal()
        (receipt,) = self.happen(1)
        with as_superuser() as execute:
            execute("UPDATE audit_event SET reason = 'x' WHERE id = %s", [receipt.event_id])
        self.assertEqual(list(self.seal().refused), [(receipt.event_id, "E_PROJECTION")])

    def test_database_that_was_rolled_back_is_not_signed(self) -> None:
        self.happen(3)
        self.seal()
        size = Checkpoint.objects.get(log_id=INSTANCE).size
        self.happen(2)
        self.seal()
        self.roll_back(size)
        self.happen(1)
        with self.assertRaisesRegex(Inconsistent, "not the one that was sealed"):
            self.seal()
        self.assertEqual(Checkpoint.objects.filter(log_id=INSTANCE).count(), 1)

    def test_new_epoch_after_a_restore_says_what_was_lost_and_goes_on(self) -> None:
        self.happen(3)
        self.seal()
        size = Checkpoint.objects.get(log_id=INSTANCE).size
        self.happen(2)
        lost = self.seal().note
        self.roll_back(size)
        with self.sealing():
            done = begin_epoch(self.folder, reason="restored the backup of Tuesday")
        self.assertTrue(done.note.startswith("keys.example.com/audit/instance/e1\n"))
        opening = Leaf.objects.get(log_id=INSTANCE, epoch=1, leaf_index=0)
        self.assertIn(lost.split("\n")[2], bytes(opening.statement or b"").decode())
        (event,) = Event.objects.filter(action="audit:epoch")
        self.assertEqual(event.reason, "restored the backup of Tuesday")
        self.happen(1)
        self.assertEqual(self.seal().sealed, 1)

    def test_leaf_that_was_added_by_another_hand_stops_the_signing(self) -> None:
        self.happen(2)
        self.seal()
        with as_superuser() as execute:
            execute(
                "INSERT INTO audit_leaf (log_id, epoch, leaf_index, statement, leaf_hash) VALUES (%s, 0, 2, 'x', %s)",
                [ACME.id, bytes(32)],
            )
        self.happen(1)
        with self.assertRaises(Inconsistent):
            self.look()

    def test_missing_state_of_a_sealed_log_is_no_first_start(self) -> None:
        self.happen(1)
        self.seal()
        (self.folder / "state.sqlite3").rename(self.place / "elsewhere")
        with self.assertRaisesRegex(SealerRefuses, "does not know it"):
            self.seal()
        (self.folder / "seed").unlink()
        with self.assertRaisesRegex(SealerRefuses, "does not know it"):
            self.seal()
        self.assertFalse((self.folder / "seed").exists())

    def test_missing_seed_is_not_made_anew(self) -> None:
        self.seal()
        (self.folder / "seed").unlink()
        with self.assertRaisesRegex(SealerRefuses, "signing key .* is missing"):
            self.seal()

    def roll_back(self, size: int) -> None:
        """To the first checkpoint of every log."""
        with as_superuser() as execute:
            keep = {INSTANCE: size, ACME.id: 3}
            for log_id, leaves in keep.items():
                gone = "SELECT event_id FROM audit_leaf WHERE log_id = %s AND leaf_index >= %s"
                execute(f"DELETE FROM audit_event WHERE id IN ({gone})", [log_id, leaves])
                execute("DELETE FROM audit_leaf WHERE log_id = %s AND leaf_index >= %s", [log_id, leaves])
                execute("DELETE FROM audit_checkpoint WHERE log_id = %s AND size > %s", [log_id, leaves])


class CrashTests(SealedTestCase):
    """Killed between the state's intention and the database's commit, or between that and the confirmation."""

    def test_batch_that_was_signed_and_not_written_is_written_as_it_was_signed(self) -> None:
        self.happen(2)
        self.seal()
        signed: list[Batch] = []
        self.happen(3)
        with (
            mock.patch.object(database, "write", side_effect=signed.append),
            mock.patch.object(State, "confirm", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.look()
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 2)
        self.happen(4)
        self.assertEqual(self.seal().sealed, 4)
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 9)
        self.assertTrue(Checkpoint.objects.filter(note=signed[0].note).exists())

    def test_batch_that_was_written_and_not_confirmed_is_not_written_twice(self) -> None:
        self.happen(3)
        with (
            mock.patch.object(State, "confirm", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.look()
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 3)
        self.assertEqual(self.seal().sealed, 0)
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 3)

    def test_two_sealers_make_one_log(self) -> None:
        errors: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(5):
                    sealer.look(self.folder)
            except BaseException as error:  # told by the assertion below
                errors.append(error)
            finally:
                connection.close()

        self.happen(40)
        with self.sealing():
            threads = [threading.Thread(target=work) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.seal()
        self.assertEqual(errors, [])
        indexes = Leaf.objects.filter(log_id=ACME.id).order_by("leaf_index").values_list("leaf_index", flat=True)
        self.assertEqual(list(indexes), list(range(40)))


class LoopTestCase(SealedTestCase):
    def run_once(self, loop: Loop) -> None:
        stop = threading.Event()
        with self.sealing(), mock.patch.object(stop, "wait", side_effect=lambda seconds: stop.set()):
            loop.run(stop)


class LoopTests(LoopTestCase):
    def test_looks_tells_and_stops(self) -> None:
        self.happen(2)
        self.run_once(Loop(self.folder))
        standing = Sealer.objects.get()
        self.assertEqual((standing.host, standing.trouble), ("keys.example.com", ""))
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 2)

    def test_refusal_is_one_event_and_told_until_it_ends(self) -> None:
        self.happen(2)
        loop = Loop(self.folder)
        self.run_once(loop)
        with as_superuser() as execute:
            execute("DELETE FROM audit_checkpoint WHERE log_id = %s", [ACME.id])
        self.happen(1)
        self.run_once(loop)
        self.run_once(loop)
        (event,) = Event.objects.filter(action="audit:refused")
        self.assertEqual(event.outcome, "error")
        self.assertIn("not the one that was sealed", Sealer.objects.get().trouble)


class WitnessTests(LoopTestCase):
    def test_file_gets_each_new_checkpoint_once(self) -> None:
        path = self.place / "witness"
        with self.settings(KEYVAULT_WITNESS_PATHS=[str(path)], KEYVAULT_SEAL_SECONDS=0):
            loop = Loop(self.folder)
            for _ in range(2):
                self.happen(1)
                for _ in range(2):
                    self.run_once(loop)
        notes = Checkpoint.objects.filter(log_id=INSTANCE).order_by("size").values_list("note", flat=True)
        self.assertEqual(path.read_text(), "".join(f"{note}\n" for note in notes))

    def test_address_gets_the_newest_checkpoint_by_post(self) -> None:
        with (
            listening() as (port, heard),
            self.settings(
                KEYVAULT_WITNESS_URLS=[f"http://localhost:{port}/notes"],
                KEYVAULT_EGRESS_ALLOW=["witness@localhost=127.0.0.0/8", "witness@localhost=::1/128"],
            ),
        ):
            self.happen(1)
            for _ in range(2):
                self.run_once(Loop(self.folder))
        note = Checkpoint.objects.filter(log_id=INSTANCE).latest("size").note
        self.assertEqual(heard, [note])
        self.assertEqual(Sealer.objects.get().trouble, "")

    def test_witness_that_cannot_be_reached_is_told_and_holds_up_nothing(self) -> None:
        with self.settings(KEYVAULT_WITNESS_PATHS=[str(self.place / "no" / "folder")]):
            self.happen(1)
            self.run_once(Loop(self.folder))
        self.assertIn("was not reached", Sealer.objects.get().trouble)
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 1)


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A witness on this machine: its port, and what was posted to it."""
    heard: list[str] = []

    class Witness(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Witness) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], heard
        server.shutdown()


class StandingTests(LoopTestCase):
    def test_log_that_nobody_seals_is_told_after_a_minute(self) -> None:
        self.assertEqual(notices(), [])
        with mock.patch("audit.standing.MERGE_DELAY", dt.timedelta(seconds=-1)):
            self.happen(1)
            self.assertRegex(" ".join(notices()), "No sealer has been at work")
            self.seal_all_that_waits()
            self.assertEqual(notices(), [])
            self.happen(1)
            self.assertRegex(" ".join(notices()), "Events are not sealed: the sealer looked last")

    def seal_all_that_waits(self) -> None:
        """Another test's transaction, in another database of the server, may hold the last event back a moment."""
        for _ in range(100):
            self.run_once(Loop(self.folder))
            if not notices():
                return

    def test_trouble_of_the_sealer_is_told(self) -> None:
        self.happen(1)
        self.run_once(Loop(self.folder))
        with as_superuser() as execute:
            execute("DELETE FROM audit_checkpoint")
        self.happen(1)
        self.run_once(Loop(self.folder))
        self.assertRegex(" ".join(notices()), "The sealer of the audit log: The database is not the one")
