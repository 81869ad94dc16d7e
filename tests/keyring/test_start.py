"""A process that was given the wrong roots does not start, says the fingerprints and changes nothing."""

import os
import subprocess
from pathlib import Path

from django.test import TransactionTestCase

from keyvault.embedded.binaries import postgres_binary
from keyvault.keyring import ring
from keyvault.keyring.models import DataKey, DataKeyWrap
from keyvault.keyring.purposes import Ring
from keyvault.keyring.readiness import RingNotReady
from keyvault.keyring.roots import load_root
from tests.keyring.scene import given_gateway_root, given_root, holding, manage, new_organization, new_root, place
from tests.keyring.test_roots import SALT


def passphrase_root(passphrase: str, *, rounds: int = 600_000) -> str:
    path = Path(new_root().removeprefix("raw:file:"))
    path.write_text(passphrase)
    return f"pbkdf2-sha256:{rounds}:{SALT}:file:{path}"


def dump() -> str:
    """The whole database as SQL, the same text for the same contents."""
    arguments = ["--restrict-key=fixed", os.environ["KEYVAULT_OWNER_DATABASE_URL"]]
    return subprocess.run([postgres_binary("pg_dump"), *arguments], capture_output=True, text=True, check=True).stdout


class StartTests(TransactionTestCase):
    def setUp(self) -> None:
        self.old = given_root()
        new_organization()

    def assertRefused(self, sentence: str, *main: str, gateway: list[str] | None = None) -> None:
        with holding(*main, gateway=gateway), self.assertRaisesRegex(RingNotReady, sentence):
            ring.require_ready(Ring.MAIN)

    def test_right_root_starts(self) -> None:
        ring.require_ready(Ring.MAIN, Ring.GATEWAY)

    def test_wrong_root_is_told_with_both_fingerprints(self) -> None:
        wrong = new_root()
        self.assertRefused(
            f"fingerprint {load_root(wrong)} in KEYVAULT_ROOT_KEYS is not one of those used by this database "
            rf"\(primary {load_root(self.old)}\)",
            wrong,
        )

    def test_missing_root_is_told(self) -> None:
        self.assertRefused("KEYVAULT_ROOT_KEYS names no root key")
        self.assertRefused("KEYVAULT_ROOT_KEYS names no root key", gateway=[])
        self.assertRefused("cannot be read: No such file", "raw:file:/nowhere/root.key")

    def test_duplicate_root_is_told(self) -> None:
        copy = Path(new_root().removeprefix("raw:file:"))
        copy.write_text(Path(self.old.removeprefix("raw:file:")).read_text())
        for twice in (self.old, f"raw:file:{copy}"):
            self.assertRefused(f"KEYVAULT_ROOT_KEYS names root key {load_root(self.old)} twice", self.old, twice)

    def test_main_root_given_to_the_gateway_is_refused(self) -> None:
        self.assertRefused("in both rings", self.old, gateway=[self.old])

    def test_gateway_root_given_as_main_is_refused(self) -> None:
        self.assertRefused("is not one of those used by this database", given_gateway_root(), gateway=[])

    def test_passphrase_with_a_line_break_is_refused(self) -> None:
        self.assertRefused("line break", passphrase_root("correct horse battery staple\n"))

    def test_too_few_rounds_are_refused(self) -> None:
        self.assertRefused("fewer than 600,000", passphrase_root("correct horse battery staple", rounds=599_999))

    def test_wrong_passphrase_is_told_with_both_fingerprints(self) -> None:
        self.assertRefused("is not one of those used", passphrase_root("correct horse battery stable"))

    def test_additional_root_that_is_not_registered_starts_in_any_order(self) -> None:
        extra = new_root()
        for order in ([self.old, extra], [extra, self.old]):
            with holding(*order):
                ring.require_ready(Ring.MAIN)
                self.assertEqual(len(ring.held_root_ids(Ring.MAIN)), 2)

    def test_data_key_that_no_held_root_opens_is_told_with_the_root_that_does(self) -> None:
        DataKeyWrap.objects.filter(datakey__purpose="value").exclude(root__ring=Ring.RECOVERY).delete()
        self.assertRefused(r"1 data keys open with none of the root keys held .*but with the recovery key", self.old)

    def test_broken_instance_key_is_told(self) -> None:
        key = DataKey.objects.get(purpose="config")
        key.wraps.exclude(root__ring=Ring.RECOVERY).update(wrapped=bytes(72))
        self.assertRefused(f"Data key {key.id} cannot be unwrapped", self.old)

    def test_missing_instance_key_is_told(self) -> None:
        key = DataKey.objects.get(purpose="config")
        key.wraps.all().delete()
        key.delete()
        self.assertRefused("The config key is missing: run manage.py keys init", self.old)

    def test_gateway_needs_its_ring(self) -> None:
        with holding(self.old, gateway=[]), self.assertRaisesRegex(RingNotReady, "KEYVAULT_GATEWAY_ROOT_KEYS names no"):
            ring.require_ready(Ring.GATEWAY)

    def test_values_made_before_open_after_the_root_is_given_again(self) -> None:
        where = place(new_organization())
        envelope = ring.seal_value(where, b"value")
        self.assertRefused("is not one of those used", new_root())
        self.assertEqual(ring.open_value(where, envelope), b"value")


class UnchangedDatabaseTests(TransactionTestCase):
    """With real processes, and the whole database compared as SQL."""

    def test_refused_processes_leave_every_byte_as_it_was(self) -> None:
        new_organization()
        wrong, gateway = new_root(), [given_gateway_root()]
        before = dump()
        for act in ("init", "add-root", "status"):
            done = manage("keys", act, main=[wrong], gateway=gateway)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(f"Root key fingerprint {load_root(wrong)}", done.stdout + done.stderr)
            self.assertNotIn("Traceback", done.stderr)
        twice, broken = [given_root(), given_root()], [passphrase_root("a passphrase of length\n")]
        for main in (["raw:file:/nowhere/root.key"], twice, broken):
            done = manage("keys", "init", main=main, gateway=gateway)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(dump(), before)
