"""Somebody with every right on the database changes the log: who notices, with what in hand, and what nobody sees.

Each attack is made by a superuser with the triggers off, looked at by four verifiers, and rolled back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from audit.entry import INSTANCE, leaf_hash
from audit.sealing import database, seed
from audit.sealing.batch import unsealed
from audit.sealing.growth import Signer, grow_logs
from audit.sealing.witnesses import tell_witnesses
from audit.services import prepare
from audit.verifier.kv_audit_verify import Key, Report, Trust, given_notes
from audit.verifying import verify_database
from tests.audit.scene import person, stripe
from tests.audit.sealed import ACME, EVIL, HOST, Execute, SealedTestCase, as_superuser


@dataclass(frozen=True)
class Verifier:
    """What one brings along, besides the public key."""

    has_mac_key: bool = False
    has_witness: bool = False
    has_receipts: bool = False


VERIFIERS = {
    "everything": Verifier(has_mac_key=True, has_witness=True, has_receipts=True),
    "third party with a witness": Verifier(has_witness=True),
    "third party": Verifier(),
    "operator": Verifier(has_mac_key=True),
}
EVERYBODY = tuple(VERIFIERS)
MAC_KEY = ("everything", "operator")
WITNESS = ("everything", "third party with a witness")
RECEIPTS = ("everything",)


class AttackTests(SealedTestCase):
    kept_for_the_class = True

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        test = cls()
        cls.witness = cls.place / "witness"
        cls.receipts = {}
        with test.settings(KEYVAULT_WITNESS_PATHS=[str(cls.witness)]):
            for _ in range(4):
                for receipt in [*test.happen(4), *test.happen(3, org=EVIL), *test.happen(1, org=None)]:
                    cls.receipts[receipt.leaf_hash] = str(receipt)
                test.seal()
                tell_witnesses(cls.folder)
        for receipt in test.happen(3):
            cls.receipts[receipt.leaf_hash] = str(receipt)
        cls.public = seed.load_key(cls.folder).public_key().public_bytes_raw()

    witness: Path
    receipts: dict[bytes, str]
    public: bytes

    def seen_by(self, verifier: Verifier) -> Report:
        trust = Trust(
            keys=[Key(HOST, self.public)],
            witness=given_notes([str(self.witness)]) if verifier.has_witness else None,
            receipts=self.receipts if verifier.has_receipts else {},
        )
        if verifier.has_mac_key:
            return verify_database(trust, host=HOST)
        with self.settings(KEYVAULT_ROOT_KEYS=[], KEYVAULT_GATEWAY_ROOT_KEYS=[]):
            return verify_database(trust, host=HOST)

    def assertFound(self, attack: Callable[[Execute], object], found: dict[str, tuple[str, ...]]) -> None:
        """``found`` names for each finding who has it; whoever is in none of them sees nothing at all."""
        with as_superuser(stays=False) as execute:
            attack(execute)
            for name, verifier in VERIFIERS.items():
                with self.subTest(name):
                    report = self.seen_by(verifier)
                    errors = {code for code in report.counts if code.startswith("E_")}
                    expected = {code for code, who in found.items() if name in who}
                    self.assertLessEqual(expected, errors, report.findings)
                    self.assertEqual(report.exit_code == 1, bool(expected), report.findings)

    def test_untouched_log_is_verified_by_everybody(self) -> None:
        report = self.seen_by(VERIFIERS["everything"])
        self.assertEqual((report.exit_code, report.findings), (0, []))
        self.assertFound(lambda execute: None, {})

    def test_without_a_witness_the_answer_is_never_verified(self) -> None:
        report = self.seen_by(VERIFIERS["operator"])
        self.assertEqual((report.exit_code, set(report.counts)), (3, {"W_NO_WITNESS"}))

    # Sealed rows

    def test_edited_row(self) -> None:
        def attack(execute: Execute) -> None:
            execute(EDIT, [sealed(5)])

        self.assertFound(attack, {"E_LEAF_HASH": EVERYBODY, "E_ROW_MAC": MAC_KEY})

    def test_edited_row_and_its_leaf_hash(self) -> None:
        def attack(execute: Execute) -> None:
            event = sealed(5)
            execute(EDIT, [event])
            entry = value("SELECT entry FROM audit_event WHERE id = %s", event)
            execute("UPDATE audit_leaf SET leaf_hash = %s WHERE event_id = %s", [leaf_hash(bytes(entry)), event])

        self.assertFound(attack, {"E_ROOT_MISMATCH": EVERYBODY, "E_ROW_MAC": MAC_KEY})

    def test_edited_column_alone(self) -> None:
        for column, text in {"reason": "'x'", "action": "'y'", "at": "now()", "secret_id": "NULL"}.items():
            with self.subTest(column):
                self.assertFound(
                    lambda execute, edit=f"{column} = {text}": execute(  # type: ignore[misc]
                        f"UPDATE audit_event SET {edit} WHERE id = %s", [sealed(5)]
                    ),
                    {"E_PROJECTION": EVERYBODY},
                )

    def test_deleted_row(self) -> None:
        self.assertFound(
            lambda execute: execute("DELETE FROM audit_event WHERE id = %s", [sealed(5)]),
            {"E_EVENT_MISSING": EVERYBODY},
        )

    def test_deleted_row_and_leaf(self) -> None:
        def attack(execute: Execute) -> None:
            event = sealed(5)
            execute("DELETE FROM audit_event WHERE id = %s", [event])
            execute("DELETE FROM audit_leaf WHERE event_id = %s", [event])

        self.assertFound(
            attack, {"E_LEAF_INDEX": EVERYBODY, "E_ROOT_MISMATCH": EVERYBODY, "E_RECEIPT_MISSING": RECEIPTS}
        )

    def test_deleted_row_and_leaf_with_the_others_moved_up(self) -> None:
        def attack(execute: Execute) -> None:
            event = sealed(5)
            execute("DELETE FROM audit_event WHERE id = %s", [event])
            execute("DELETE FROM audit_leaf WHERE event_id = %s", [event])
            execute("UPDATE audit_leaf SET leaf_index = -leaf_index WHERE log_id = %s AND leaf_index > 5", [ACME.id])
            execute("UPDATE audit_leaf SET leaf_index = -leaf_index - 1 WHERE leaf_index < 0")

        with as_superuser(stays=False) as execute:
            execute("ALTER TABLE audit_leaf DROP CONSTRAINT leaf_index_counts_from_zero")
            attack(execute)
            for name, verifier in VERIFIERS.items():
                with self.subTest(name):
                    self.assertIn("E_ROOT_MISMATCH", self.seen_by(verifier).counts)

    def test_reordered_leaves(self) -> None:
        def attack(execute: Execute) -> None:
            for index, to in ((5, 1000), (6, 5), (1000, 6)):
                execute(
                    "UPDATE audit_leaf SET leaf_index = %s WHERE log_id = %s AND leaf_index = %s", [to, ACME.id, index]
                )

        self.assertFound(attack, {"E_ROOT_MISMATCH": EVERYBODY})

    def test_row_moved_to_another_organization(self) -> None:
        self.assertFound(
            lambda execute: execute("UPDATE audit_event SET org_id = %s WHERE id = %s", [EVIL.id, sealed(5)]),
            {"E_PROJECTION": ("third party", "third party with a witness"), "E_ROW_MAC": MAC_KEY},
        )

    def test_leaf_moved_to_another_log(self) -> None:
        def attack(execute: Execute) -> None:
            at = value("SELECT max(leaf_index) + 1 FROM audit_leaf WHERE log_id = %s", EVIL.id)
            execute("UPDATE audit_leaf SET log_id = %s, leaf_index = %s WHERE event_id = %s", [EVIL.id, at, sealed(5)])

        self.assertFound(attack, {"E_WRONG_LOG": EVERYBODY, "E_LEAVES_UNSIGNED": EVERYBODY, "E_LEAF_INDEX": EVERYBODY})

    def test_event_put_into_a_log_twice(self) -> None:
        def attack(execute: Execute) -> None:
            execute("ALTER TABLE audit_leaf DROP CONSTRAINT event_is_sealed_once")
            execute(
                "INSERT INTO audit_leaf SELECT log_id, epoch, (SELECT max(leaf_index) + 1 FROM audit_leaf"
                " WHERE log_id = l.log_id), event_id, statement, leaf_hash FROM audit_leaf l WHERE event_id = %s",
                [sealed(5)],
            )

        self.assertFound(attack, {"E_DUPLICATE": EVERYBODY, "E_LEAVES_UNSIGNED": EVERYBODY})

    # Rows that are not sealed yet

    def test_forged_row(self) -> None:
        def attack(execute: Execute) -> None:
            row = prepare("secret:reveal", actor=person(), on=stripe())
            forged = (*row[:-1], bytes(32))
            execute(f"INSERT INTO audit_event VALUES ({', '.join(['%s'] * len(forged))})", forged)

        self.assertFound(attack, {"E_ROW_MAC": MAC_KEY})

    def test_edited_row_that_is_not_sealed(self) -> None:
        self.assertFound(
            lambda execute: execute(EDIT, [waiting(1)]), {"E_ROW_MAC": MAC_KEY, "E_RECEIPT_MISSING": RECEIPTS}
        )

    def test_deleted_row_that_is_not_sealed_is_missed_without_receipts(self) -> None:
        for n in (1, 2):  # one in the middle, and the newest
            self.assertFound(
                lambda execute, n=n: execute("DELETE FROM audit_event WHERE id = %s", [waiting(n)]),  # type: ignore[misc]
                {"E_RECEIPT_MISSING": RECEIPTS},
            )

    # Whole logs

    def test_one_organization_rolled_back(self) -> None:
        self.assertFound(lambda execute: cut(execute, ACME.id, 1), {"E_TRUNCATED": EVERYBODY})

    def test_database_rolled_back_is_missed_without_a_witness_or_the_sealers_memory(self) -> None:
        self.assertFound(rolled_back, {"E_TRUNCATED": WITNESS, "E_RECEIPT_MISSING": RECEIPTS})

    def test_organization_dropped_with_its_log(self) -> None:
        def attack(execute: Execute) -> None:
            for table, column in (("event", "org_id"), ("leaf", "log_id"), ("checkpoint", "log_id")):
                execute(f"DELETE FROM audit_{table} WHERE {column} = %s", [EVIL.id])

        self.assertFound(attack, {"E_TRUNCATED": EVERYBODY, "E_RECEIPT_MISSING": RECEIPTS})

    def test_everything_rewritten_and_signed_with_a_key_of_ones_own(self) -> None:
        self.assertFound(
            lambda execute: rewritten(execute, Ed25519PrivateKey.generate()), {"E_CHECKPOINT_SIG": EVERYBODY}
        )

    def test_everything_rewritten_with_the_stolen_key_is_found_by_witnesses_alone(self) -> None:
        self.assertFound(
            lambda execute: rewritten(execute, seed.load_key(self.folder)),
            {"E_ROOT_MISMATCH": WITNESS, "E_RECEIPT_MISSING": RECEIPTS},
        )

    # Checkpoints

    def test_swapped_checkpoints(self) -> None:
        def attack(execute: Execute) -> None:
            execute(
                "UPDATE audit_checkpoint c SET note = o.note FROM audit_checkpoint o"
                " WHERE c.log_id = %s AND o.log_id = %s AND c.size = 8 AND o.size = 6",
                [ACME.id, EVIL.id],
            )

        self.assertFound(attack, {"E_CHECKPOINT_SIG": EVERYBODY})

    def test_deleted_checkpoints(self) -> None:
        for log_id, size, code, who in (
            (ACME.id, 8, "E_CHECKPOINT_MISSING", EVERYBODY),
            (ACME.id, 16, "E_LEAVES_UNSIGNED", EVERYBODY),
            (INSTANCE, None, "E_CHECKPOINT_MISSING", EVERYBODY),
        ):
            with self.subTest(f"{log_id} {size}"):
                where = "log_id = %s AND (size = %s OR %s)"
                self.assertFound(
                    lambda execute, values=(log_id, size, size is None), where=where: execute(  # type: ignore[misc]
                        f"DELETE FROM audit_checkpoint WHERE {where}", list(values)
                    ),
                    {code: who},
                )

    def test_deleted_checkpoint_of_the_installation_in_the_middle_is_missed_without_a_witness(self) -> None:
        def attack(execute: Execute) -> None:
            execute(
                "DELETE FROM audit_checkpoint WHERE log_id = %s AND size ="
                " (SELECT min(size) FROM audit_checkpoint WHERE log_id = %s)",
                [INSTANCE, INSTANCE],
            )

        self.assertFound(attack, {"E_CHECKPOINT_MISSING": WITNESS})


EDIT = (
    "UPDATE audit_event SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '203.0.113.9', '203.0.113.8'),"
    " 'UTF8'), address = '203.0.113.8' WHERE id = %s"
)


def value(query: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return row[0]


def sealed(index: int) -> Any:
    return value("SELECT event_id FROM audit_leaf WHERE log_id = %s AND leaf_index = %s", ACME.id, index)


def waiting(n: int) -> Any:
    return unsealed(everything=True)[n]["id"]


def cut(execute: Execute, log_id: object, checkpoints: int) -> None:
    """The log as it was at its n-th checkpoint."""
    size = value(
        "SELECT size FROM audit_checkpoint WHERE log_id = %s ORDER BY size OFFSET %s LIMIT 1", log_id, checkpoints - 1
    )
    gone = "SELECT event_id FROM audit_leaf WHERE log_id = %s AND leaf_index >= %s"
    execute(f"DELETE FROM audit_event WHERE id IN ({gone})", [log_id, size])
    execute("DELETE FROM audit_leaf WHERE log_id = %s AND leaf_index >= %s", [log_id, size])
    execute("DELETE FROM audit_checkpoint WHERE log_id = %s AND size > %s", [log_id, size])


def rolled_back(execute: Execute) -> None:
    for log_id in (ACME.id, EVIL.id, INSTANCE):
        cut(execute, log_id, 2)
    execute("DELETE FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_leaf WHERE event_id IS NOT NULL)")


def rewritten(execute: Execute, key: Ed25519PrivateKey) -> None:
    """One event never happened, and all logs are made anew without it."""
    execute("DELETE FROM audit_event WHERE id = %s", [sealed(5)])
    for table in ("audit_leaf", "audit_tile", "audit_checkpoint"):
        execute(f"DELETE FROM {table}")
    database.write(grow_logs(unsealed(everything=True), {}, 0, Signer(HOST, key)))
