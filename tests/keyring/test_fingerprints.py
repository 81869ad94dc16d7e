"""Equal values have equal fingerprints inside one organization; short and guessable values have none."""

from unittest import TestCase

from keyvault.keyring.fingerprints import fingerprint_of, is_searchable
from tests.keyring import blobs


class FingerprintTests(TestCase):
    def test_line_break_at_the_end_does_not_count(self) -> None:
        variants = {fingerprint_of(blobs.KEY, blobs.VALUE + end) for end in (b"", b"\n", b"\r\n", b"\r", b"\n\n")}
        self.assertEqual(variants, {blobs.FINGERPRINT})

    def test_every_other_byte_counts(self) -> None:
        variants = [blobs.VALUE, blobs.VALUE + b" ", b"\n" + blobs.VALUE, blobs.VALUE.upper(), blobs.VALUE + b"\0"]
        self.assertEqual(len({fingerprint_of(blobs.KEY, value) for value in variants}), 5)

    def test_another_organization_has_another_fingerprint(self) -> None:
        self.assertNotEqual(fingerprint_of(bytes(32), blobs.VALUE), blobs.FINGERPRINT)

    def test_short_and_guessable_values_have_none(self) -> None:
        for value in (
            b"",
            b"hunter2",
            b"0123456789a",
            b"0123456789a\r\n",
            b"a" * 1000,
            b"123456123456",
            b"483920174653",
        ):
            self.assertIsNone(fingerprint_of(blobs.KEY, value))

    def test_real_keys_are_searchable(self) -> None:
        keys = (
            b"sk-proj-4fVt9QwLz2",
            b"AKIAIOSFODNN7EXAMPLE",
            b"550e8400-e29b-41d4-a716-446655440000",
            bytes(range(16)),
        )
        self.assertTrue(all(map(is_searchable, keys)))
