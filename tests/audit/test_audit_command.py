"""`manage.py audit …` and the auditor's tool: what each says, and with which exit code it ends."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from django.core.management import CommandError, call_command

from audit.entry import INSTANCE
from audit.models import Checkpoint, Leaf
from audit.verifier import kv_audit_verify
from audit.verifier.kv_audit_verify import CANNOT_RUN, INCOMPLETE, TAMPERED, UNKNOWN_FORMAT, VERIFIED
from keyvault.target import Ref
from tests.audit.sealed import ACME, EVIL, SealedTestCase, as_superuser


class CommandTestCase(SealedTestCase):
    def audit(self, *arguments: str, **options: Any) -> tuple[int, str]:
        said = io.StringIO()
        try:
            with redirect_stdout(said):
                call_command("audit", *arguments, stdout=said, **options)
        except SystemExit as end:
            return int(str(end.code)), said.getvalue()
        except CommandError as error:
            return error.returncode, str(error)
        return 0, said.getvalue()

    def tool(self, *arguments: object) -> tuple[int, str]:
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            return kv_audit_verify.main([str(argument) for argument in arguments]), said.getvalue()

    def exported(self, *arguments: str) -> str:
        folder = str(self.place / f"bundle{len(list(self.place.iterdir()))}")
        self.assertEqual(self.audit("export", folder, *arguments)[0], 0)
        return folder

    def key(self) -> str:
        return self.audit("keys")[1].splitlines()[0]


class VerifyTests(CommandTestCase):
    def setUp(self) -> None:
        self.witness = str(self.place / "witness")
        with self.settings(KEYVAULT_WITNESS_PATHS=[self.witness]):
            self.receipts = [*self.happen(3), *self.happen(2, org=EVIL)]
            self.assertEqual(self.audit("seal"), (0, f"{5 + self.before} events sealed.\n"))

    def test_sealed_log_with_a_witness_is_verified(self) -> None:
        code, said = self.audit("verify", "--public-key", self.key(), "--witness", self.witness)
        self.assertEqual((code, said.splitlines()[-1].split(":")[0]), (VERIFIED, "verified"))

    def test_without_a_witness_it_is_incomplete(self) -> None:
        self.assertEqual(self.audit("verify")[0], INCOMPLETE)

    def test_key_that_only_the_database_holds_is_no_proof(self) -> None:
        from audit.sealing import database, seed

        with self.sealing():
            public = seed.load_key(self.folder).public_key().public_bytes_raw()
            database.say(public, "keys.example.com", "")
        self.folder.rename(self.place / "elsewhere")
        code, said = self.audit("verify", "--witness", self.witness)
        self.assertEqual(code, INCOMPLETE)
        self.assertIn("W_KEY_NOT_INDEPENDENT", said)

    def test_sealers_own_memory_finds_a_rolled_back_database_without_a_witness(self) -> None:
        self.happen(2)
        self.audit("seal")
        with as_superuser() as execute:
            for table, column in (("leaf", "leaf_index"), ("checkpoint", "size")):
                execute(f"DELETE FROM audit_{table} WHERE log_id = %s AND {column} > 2", [INSTANCE])
        code, said = self.audit("verify")
        self.assertEqual(code, TAMPERED)
        self.assertIn("E_TRUNCATED", said)
        self.assertEqual(self.audit("seal")[0], 1)

    def test_receipts_of_sealed_and_of_waiting_events_are_found(self) -> None:
        path = self.place / "receipts"
        path.write_text("".join(f"{receipt}\n" for receipt in [*self.receipts, *self.happen(1)]))
        code, _ = self.audit("verify", "--witness", self.witness, "--receipts", str(path))
        self.assertEqual(code, VERIFIED)
        path.write_text(f"{self.receipts[0].event_id}:{'00' * 32}\n")
        code, said = self.audit("verify", "--witness", self.witness, "--receipts", str(path))
        self.assertEqual(code, TAMPERED)
        self.assertIn("E_RECEIPT_MISSING", said)

    def test_report_can_be_read_by_programs(self) -> None:
        code, said = self.audit("verify", "--json")
        report = json.loads(said)
        self.assertEqual((report["exit"], set(report["counts"])), (code, {"W_NO_WITNESS"}))

    def test_what_cannot_be_read_is_2(self) -> None:
        self.assertEqual(self.audit("verify", "--witness", "/no/such/file")[0], CANNOT_RUN)
        self.assertEqual(self.audit("verify", "--public-key", "nonsense")[0], CANNOT_RUN)


class EpochTests(CommandTestCase):
    def test_accepted_loss_is_told_and_no_tampering(self) -> None:
        witness = str(self.place / "witness")
        with self.settings(KEYVAULT_WITNESS_PATHS=[witness]):
            self.happen(3)
            self.audit("seal")
            size = Checkpoint.objects.get(log_id=INSTANCE).size
            self.happen(2)
            self.audit("seal")
            with as_superuser() as execute:
                for log_id, kept in ((INSTANCE, size), (ACME.id, 3)):
                    gone = "SELECT event_id FROM audit_leaf WHERE log_id = %s AND leaf_index >= %s"
                    execute(f"DELETE FROM audit_event WHERE id IN ({gone})", [log_id, kept])
                    execute("DELETE FROM audit_leaf WHERE log_id = %s AND leaf_index >= %s", [log_id, kept])
                    execute("DELETE FROM audit_checkpoint WHERE log_id = %s AND size > %s", [log_id, kept])
            self.assertEqual(self.audit("verify", "--witness", witness)[0], TAMPERED)
            code, said = self.audit("new-epoch", "--reason", "restored Tuesday's backup", "--accept-loss")
            self.assertEqual(code, 0, said)
            self.happen(1)
            self.audit("seal")
        code, said = self.audit("verify", "--witness", witness)
        self.assertEqual(code, INCOMPLETE, said)
        self.assertIn("W_LOSS_ACCEPTED", said)
        self.assertEqual(self.tool(self.exported(), "--public-key", self.key(), "--witness", witness)[0], INCOMPLETE)

    def test_lost_folder_is_followed_by_an_epoch_with_a_key_of_its_own(self) -> None:
        self.happen(2)
        self.audit("seal")
        before = self.key()
        self.folder.rename(self.place / "lost")
        self.happen(1)
        self.assertEqual(self.audit("seal")[0], 1)
        self.assertEqual(self.audit("new-epoch", "--reason", "the volume was lost", "--accept-loss")[0], 0)
        self.assertNotEqual(self.key(), before)
        self.assertEqual(Leaf.objects.filter(log_id=ACME.id, epoch=1).count(), 1)


class ToolTests(CommandTestCase):
    def setUp(self) -> None:
        self.happen(3)
        self.happen(2, org=EVIL)
        self.audit("seal")

    def test_bundle_without_a_key_of_ones_own_is_incomplete(self) -> None:
        code, said = self.tool(self.exported())
        self.assertEqual(code, INCOMPLETE)
        self.assertIn("W_KEY_NOT_INDEPENDENT", said)

    def test_it_says_that_no_witness_was_asked(self) -> None:
        bundle, key = self.exported(), self.key()
        code, said = self.tool(bundle, "--public-key", key)
        self.assertEqual((code, said.splitlines()[-1][:20]), (VERIFIED, "No witness was asked"))
        self.assertFalse(json.loads(self.tool(bundle, "--public-key", key, "--json")[1])["witness"])

    def test_another_key_is_tampering(self) -> None:
        other = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        self.assertEqual(self.tool(self.exported(), "--public-key", other)[0], TAMPERED)

    def test_unknown_format_is_4_and_no_bundle_is_2(self) -> None:
        folder = self.exported()
        manifest = self.place / folder / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"v": 1', '"v": 2'))
        self.assertEqual(self.tool(folder, "--public-key", self.key())[0], UNKNOWN_FORMAT)
        self.assertEqual(self.tool(self.place / "nothing", "--public-key", self.key())[0], CANNOT_RUN)

    def test_organizations_bundle_holds_no_byte_of_another(self) -> None:
        secret = Ref(EVIL.id, "Evil Corp of the East")
        self.happen(1, org=secret)
        self.audit("seal")
        folder = self.exported("--org", str(ACME.id))
        self.assertEqual(self.tool(folder, "--public-key", self.key())[0], VERIFIED)
        everything = b"".join(path.read_bytes() for path in self.place.joinpath(folder).rglob("*") if path.is_file())
        for word in (str(EVIL.id), EVIL.id.hex, secret.name):
            self.assertNotIn(word.encode(), everything)

    def test_checkpoint_of_another_organization_is_not_taken(self) -> None:
        folder = self.place / self.exported()
        theirs = (folder / str(EVIL.id) / "checkpoints.txt").read_text()
        (folder / str(ACME.id) / "checkpoints.txt").write_text(theirs)
        code, said = self.tool(folder, "--public-key", self.key())
        self.assertEqual(code, TAMPERED)
        self.assertIn("E_CHECKPOINT_SIG", said)

    def test_manifest_cannot_lead_out_of_the_bundle(self) -> None:
        folder = self.exported()
        manifest = self.place / folder / "manifest.json"
        manifest.write_text(manifest.read_text().replace(f'"folder": "{ACME.id}"', '"folder": "../../etc"'))
        self.assertEqual(self.tool(folder, "--public-key", self.key())[0], CANNOT_RUN)

    def test_strange_text_is_one_line_and_verified(self) -> None:
        for reason in ("\u2028\u2029", "a\r\nb", "\u202eabc", "x" * 900, "=1+1", "\ud800", "\x7f\x85", "\x00"):
            self.happen(1, reason=reason)
        self.audit("seal")
        self.assertEqual(self.tool(self.exported(), "--public-key", self.key())[0], VERIFIED)
