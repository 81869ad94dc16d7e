"""A wrap opens for its own root, key, organization and purpose, and for nothing else."""

from dataclasses import replace
from unittest import TestCase
from uuid import uuid4

from keyvault.errors import CannotOpen, Invalid
from keyvault.keyring import recovery
from keyvault.keyring.purposes import Purpose
from keyvault.keyring.wraps import KeySlot, unwrap, unwrap_by_recovery, wrap, wrap_for_recovery
from tests.keyring import blobs
from tests.keyring.test_envelope import flips
from tests.keyring.test_golden import raw_root

OTHER_SLOTS = (
    replace(blobs.SLOT, key_id=uuid4()),
    replace(blobs.SLOT, org=uuid4()),
    replace(blobs.SLOT, org=None),
    replace(blobs.SLOT, purpose=Purpose.BROKER),
)


class RootWrapTests(TestCase):
    def assertShut(self, slot: KeySlot, wrapped: bytes) -> None:
        with self.assertRaises(CannotOpen):
            unwrap(raw_root(), slot, wrapped)

    def test_every_flipped_byte_and_truncation_is_refused(self) -> None:
        altered = [*flips(blobs.ROOT_WRAP), *(blobs.ROOT_WRAP[:n] for n in range(72)), blobs.ROOT_WRAP + b"\0"]
        root = raw_root()
        for wrapped in altered:
            with self.assertRaises(CannotOpen):
                unwrap(root, blobs.SLOT, wrapped)

    def test_wrap_of_another_key_organization_or_purpose_is_refused(self) -> None:
        for slot in OTHER_SLOTS:
            self.assertShut(slot, blobs.ROOT_WRAP)

    def test_wrap_of_another_root_is_refused_by_its_header(self) -> None:
        other = replace(raw_root(), id=bytes(8))
        self.assertShut(blobs.SLOT, wrap(other, blobs.SLOT, blobs.KEY))

    def test_a_value_envelope_is_no_wrap(self) -> None:
        self.assertShut(blobs.SLOT, blobs.PADDED_ENVELOPE)

    def test_new_wraps_open_and_differ(self) -> None:
        root = raw_root()
        wraps = {wrap(root, blobs.SLOT, blobs.KEY) for _ in range(100)}
        self.assertEqual(len(wraps), 100)
        self.assertEqual({unwrap(root, blobs.SLOT, wrapped) for wrapped in wraps}, {blobs.KEY})


class RecoveryWrapTests(TestCase):
    def test_every_flipped_byte_and_truncation_is_refused(self) -> None:
        key = recovery.parse(blobs.RECOVERY_TEXT)
        for wrapped in [*flips(blobs.RECOVERY_WRAP), *(blobs.RECOVERY_WRAP[:n] for n in range(92))]:
            with self.assertRaises(CannotOpen):
                unwrap_by_recovery(key, blobs.SLOT, wrapped)

    def test_wrap_of_another_key_organization_or_purpose_is_refused(self) -> None:
        key = recovery.parse(blobs.RECOVERY_TEXT)
        for slot in OTHER_SLOTS:
            with self.assertRaises(CannotOpen):
                unwrap_by_recovery(key, slot, blobs.RECOVERY_WRAP)

    def test_a_generated_key_opens_after_being_written_down(self) -> None:
        key = recovery.generate()
        wrapped = wrap_for_recovery(key.public_key, blobs.SLOT, blobs.KEY)
        written_down = recovery.parse(f"  {key.text()}\n")
        self.assertEqual(unwrap_by_recovery(written_down, blobs.SLOT, wrapped), blobs.KEY)

    def test_another_recovery_key_is_refused(self) -> None:
        with self.assertRaises(CannotOpen):
            unwrap_by_recovery(recovery.generate(), blobs.SLOT, blobs.RECOVERY_WRAP)

    def test_what_is_no_recovery_key_is_refused_without_repeating_it(self) -> None:
        for text in (
            "",
            "kv-recovery-1:",
            blobs.RECOVERY_TEXT[:-1],
            blobs.RECOVERY_TEXT + "A",
            "kv-recovery-1:é",
            blobs.RAW_ROOT,
        ):
            with self.assertRaises(Invalid) as refusal:
                recovery.parse(text)
            self.assertNotIn("QEFCQ0RF", str(refusal.exception))

    def test_private_half_is_not_shown(self) -> None:
        key = recovery.parse(blobs.RECOVERY_TEXT)
        self.assertNotIn("QEFC", repr(key) + str(key))
        self.assertNotIn("private", repr(key))
