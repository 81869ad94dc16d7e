"""Fernet tokens of older stores are opened to be imported; nothing writes them."""

from unittest import TestCase

from cryptography.fernet import Fernet

from keyvault.errors import CannotOpen, Invalid
from keyvault.keyring.fernet import legacy_key, open_legacy
from tests.keyring import blobs
from tests.keyring.test_envelope import flips


class LegacyFernetTests(TestCase):
    def test_token_of_a_passphrase_store_opens(self) -> None:
        for rounds in (100_000, 600_000):
            key = legacy_key(b"old passphrase", salt=b"old salt", rounds=rounds)
            self.assertEqual(open_legacy(Fernet(key).encrypt(b"value\r\n\0"), key), b"value\r\n\0")

    def test_line_breaks_around_token_and_key_do_not_matter(self) -> None:
        self.assertEqual(open_legacy(blobs.FERNET_TOKEN + b"\n", blobs.FERNET_KEY + b"\r\n"), b"hello")

    def test_altered_and_truncated_tokens_are_refused(self) -> None:
        altered = [token for token in flips(blobs.FERNET_TOKEN) if token.strip() != blobs.FERNET_TOKEN]
        for token in [*altered, *(blobs.FERNET_TOKEN[:n] for n in range(len(blobs.FERNET_TOKEN)))]:
            with self.assertRaises(CannotOpen):
                open_legacy(token, blobs.FERNET_KEY)

    def test_another_key_is_refused(self) -> None:
        with self.assertRaises(CannotOpen):
            open_legacy(blobs.FERNET_TOKEN, Fernet.generate_key())

    def test_what_is_no_key_is_refused(self) -> None:
        for key in (b"", b"short", b"\xff" * 44, b"A" * 43):
            with self.assertRaises(Invalid):
                open_legacy(blobs.FERNET_TOKEN, key)
