"""A backup is put back: what was revoked since stays dead until an operator has said so, and afterwards."""

import time
from dataclasses import replace
from unittest import mock

from django.db import connection

from audit.models import Event
from audit.sealing.errors import Inconsistent
from keyvault.installation import guard
from keyvault.owner import database_owner
from tests.audit.sealed import as_superuser
from tests.installation import backup
from tests.installation.scene import KEY, RestoreTestCase
from tokens.models import AccessToken


class RestoredTests(RestoreTestCase):
    def restored(self) -> None:
        backup.dump(self.backup)
        self.what_came_after()
        connection.close()
        backup.load_into_a_new_database(self.backup)

    def test_story_of_a_restored_backup(self) -> None:
        """From the restore to the day after, at every door."""
        self.assertEqual(self.read("stolen").json()["value"], KEY)
        self.restored()
        for who in ("stolen", "kept", "idle", "leaver", "stolen"):
            answer = self.read(who)
            self.assertEqual((answer.status_code, answer.json()["rule"]), (503, "restored"), who)
        self.assertEqual(self.ask_directory().status_code, 503)
        self.assertEqual(self.client.get("/readyz").status_code, 503)
        self.assertEqual(self.manage("restore", "status")[0], 3)
        with self.assertRaisesRegex(Inconsistent, "restore accept"):
            self.seal()

        code, said = self.manage("restore", "accept", "--from", str(self.bundle))
        self.assertEqual(code, 0, said)
        self.assertIn("token:revoke: 1 done again", said)
        code, said = self.manage("audit", "new-epoch", "--reason", "restored Tuesday's backup", "--accept-loss")
        self.assertEqual(code, 0, said)

        self.assertEqual(self.read("kept").json()["value"], KEY)
        rules = {who: self.read(who).json()["rule"] for who in ("stolen", "idle", "leaver")}
        self.assertEqual(rules, {"stolen": "token-revoked", "idle": "token-paused", "leaver": "token-revoked"})
        self.assertEqual(self.ask_directory().status_code, 401)
        self.assertEqual(self.manage("restore", "status")[0], 0)
        self.assertEqual(Event.objects.filter(action="restore:accept").count(), 1)

    def test_who_was_removed_since_signs_in_to_nothing(self) -> None:
        self.restored()
        guard.look()  # by a process that was there before, whose first connection fails
        self.client.force_login(self.vera)
        for address in ("/account", "/o/acme/", "/admin/"):
            answer = self.client.get(address)
            self.assertContains(answer, "restored from a backup", status_code=503)
        self.manage("restore", "accept", "--from", str(self.bundle))
        self.client.force_login(self.vera)
        self.assertNotEqual(self.client.get("/account").status_code, 503)
        self.assertEqual(self.client.get("/o/acme/").status_code, 404)

    def test_without_a_log_every_token_waits_for_somebody(self) -> None:
        self.restored()
        code, said = self.manage("restore", "accept", "--pause-all")
        self.assertEqual((code, said.splitlines()[0]), (0, "4 tokens paused, 1 directories' tokens revoked."))
        for who in ("stolen", "kept"):
            self.assertEqual(self.read(who).json()["rule"], "token-paused")
        self.assertEqual(self.ask_directory().status_code, 401)

    def test_dump_that_is_loaded_over_a_living_database_is_seen_too(self) -> None:
        backup.dump(self.backup)
        self.what_came_after()
        self.assertEqual(self.read("kept").status_code, 200)
        backup.load_over_the_old_one(self.backup)
        self.clock_goes_on()
        self.assertEqual(self.read("stolen").json()["rule"], "restored")

    def test_lines_of_standard_output_do_as_well_as_a_bundle(self) -> None:
        newest = Event.objects.order_by("-id")[0].id
        backup.dump(self.backup)
        self.what_came_after()
        lines = self.place / "stdout"
        since = Event.objects.filter(id__gt=newest).order_by("id")
        lines.write_bytes(b"\n".join([b"INFO started", b"{}", *(bytes(event.entry) for event in since), b"{broken"]))
        connection.close()
        backup.load_into_a_new_database(self.backup)
        code, said = self.manage("restore", "accept", "--from", str(lines))
        self.assertEqual(code, 0, said)
        self.assertEqual(AccessToken.objects.get(pk=self.issued["stolen"].pk).state, "revoked")
        self.assertEqual(AccessToken.objects.get(pk=self.issued["idle"].pk).state, "paused")

    def test_changed_bundle_is_refused_and_nothing_is_accepted(self) -> None:
        self.restored()
        [path] = self.bundle.glob(f"{self.acme.pk}/entries.jsonl")
        path.write_bytes(path.read_bytes().replace(b"token:revoke", b"token:revake"))
        code, said = self.manage("restore", "accept", "--from", str(self.bundle))
        self.assertEqual(code, 1)
        self.assertIn("not as it was exported", said)
        self.assertEqual(self.read("stolen").json()["rule"], "restored")

    def test_database_that_was_not_restored_has_nothing_to_accept(self) -> None:
        code, said = self.manage("restore", "accept", "--pause-all")
        self.assertEqual(code, 1)
        self.assertIn("nothing to accept", said)
        self.assertEqual(self.read("kept").status_code, 200)


class MidwayTests(RestoreTestCase):
    """The database is another one before the two seconds of the last look are over."""

    def test_request_that_began_on_another_database_does_not_end_on_this_one(self) -> None:
        backup.dump(self.backup)
        self.what_came_after()
        connection.close()
        backup.load_into_a_new_database(self.backup)
        guard._seen_at = time.monotonic()
        for fresh in (True, False):  # with and without a list of peppers that is read anew
            with self.subTest(fresh), mock.patch("tokens.peppers._read_at", time.monotonic() if fresh else -1e9):
                guard._memory, guard._trouble = self.remembered, ""
                connection.close()
                self.assertEqual(self.read("stolen").json()["rule"], "restored")

    def setUp(self) -> None:
        super().setUp()
        self.assertEqual(self.read("kept").status_code, 200)
        self.remembered = guard._memory


class RememberedTests(RestoreTestCase):
    """What has the same place and went back is seen by whoever remembers more than the database does."""

    def test_sealer_that_signed_more_than_there_is_closes_every_door(self) -> None:
        self.seal()
        self.happen(3)
        self.seal()
        with as_superuser() as execute:
            for table, end in (("audit_leaf", "leaf_index"), ("audit_checkpoint", "size")):
                newest = f"SELECT log_id, max({end}) FROM {table} GROUP BY 1"
                execute(f"DELETE FROM {table} WHERE (log_id, {end}) IN ({newest})")
        self.happen(1)
        with self.assertRaises(Inconsistent):
            self.seal()
        guard.forget()
        self.assertEqual(self.read("kept").json()["rule"], "restored")

    def test_place_that_the_sealer_knows_another_of_is_doubted_by_all(self) -> None:
        self.seal()
        with database_owner(), connection.cursor() as cursor:
            cursor.execute("UPDATE installation SET id = gen_random_uuid()")
        guard.forget()  # the sealer is a process of its own
        with self.assertRaisesRegex(Inconsistent, "another installation"):
            self.seal()
        guard.forget()
        self.assertEqual(self.read("kept").json()["rule"], "restored")

    def test_process_that_saw_the_database_later_than_it_is_says_so_for_good(self) -> None:
        self.assertEqual(self.read("kept").status_code, 200)
        assert guard._memory is not None
        guard._memory = replace(guard._memory, written=guard._memory.written + 2**40)
        self.clock_goes_on()
        self.assertEqual(self.read("kept").json()["rule"], "restored")
        guard.forget()
        self.assertEqual(self.read("kept").json()["rule"], "restored")

    def test_app_can_doubt_and_cannot_accept(self) -> None:
        with connection.cursor() as cursor:
            for statement in ("UPDATE installation SET doubt = ''", "DELETE FROM installation"):
                with self.subTest(statement), self.assertRaisesRegex(Exception, "permission denied"):
                    cursor.execute(statement)
