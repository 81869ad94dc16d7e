"""Stored formats do not move: literal blobs of version 1 open, and their bytes are what the documents say."""

import base64
import os
from unittest import TestCase, mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyvault.keyring import fernet, recovery
from keyvault.keyring.envelope import PLAIN, key_id_of, seal, unseal
from keyvault.keyring.fingerprints import fingerprint_of
from keyvault.keyring.roots import Root, load_root
from keyvault.keyring.wraps import unwrap, unwrap_by_recovery
from tests.keyring import blobs


def raw_root() -> Root:
    with mock.patch.dict(os.environ, {"GOLDEN_ROOT": blobs.RAW_ROOT}):
        return load_root("raw:env:GOLDEN_ROOT")


class GoldenEnvelopeTests(TestCase):
    def test_plain_envelope_opens(self) -> None:
        self.assertEqual(unseal(blobs.KEY, blobs.CONTEXT, blobs.PLAIN_ENVELOPE), blobs.VALUE)

    def test_padded_envelope_opens(self) -> None:
        self.assertEqual(unseal(blobs.KEY, blobs.CONTEXT, blobs.PADDED_ENVELOPE), blobs.VALUE)

    def test_broker_envelope_opens_whatever_the_order_of_hosts(self) -> None:
        self.assertEqual(unseal(blobs.KEY, blobs.BROKER, blobs.BROKER_ENVELOPE), blobs.VALUE)

    def test_field_envelope_opens(self) -> None:
        self.assertEqual(unseal(blobs.KEY, blobs.FIELD, blobs.FIELD_ENVELOPE), b"whsec_0123456789")

    def test_every_envelope_names_its_key(self) -> None:
        for envelope in (blobs.PLAIN_ENVELOPE, blobs.PADDED_ENVELOPE, blobs.BROKER_ENVELOPE, blobs.FIELD_ENVELOPE):
            self.assertEqual(key_id_of(envelope), blobs.KEY_ID)

    def test_today_writes_the_same_bytes(self) -> None:
        with mock.patch("os.urandom", return_value=blobs.PADDED_ENVELOPE[20:32]):
            self.assertEqual(seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, blobs.VALUE), blobs.PADDED_ENVELOPE)
            plain = seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, blobs.VALUE, suite=PLAIN)
        self.assertEqual(plain, blobs.PLAIN_ENVELOPE)

    def test_broker_envelope_opens_with_nothing_but_aes_gcm_and_the_document(self) -> None:
        uuids = [
            b"\x00\x00\x00\x10" + part.bytes for part in (blobs.ORG, blobs.PROJECT, blobs.ENVIRONMENT, blobs.SECRET)
        ]
        associated = (
            b"KV\x01\x02" + blobs.KEY_ID.bytes + b"\x00\x00\x00\x11keyvault/v1/value" + b"\x00\x00\x00\x06broker"
        )
        associated += b"".join(uuids) + b"\x00\x00\x00\x08" + b"\x00\x00\x00\x00\x00\x00\x00\x05"
        associated += b"\x00\x00\x00\x06openai" + b"\x00\x00\x00\x20api.openai.com\neu.api.openai.com"
        nonce, sealed = blobs.BROKER_ENVELOPE[20:32], blobs.BROKER_ENVELOPE[32:]
        plaintext = AESGCM(blobs.KEY).decrypt(nonce, sealed, associated)
        self.assertEqual(plaintext, b"\x00\x00\x00\x18" + blobs.VALUE + bytes(36))


class GoldenKeyTests(TestCase):
    def test_raw_root_has_its_identifier(self) -> None:
        self.assertEqual(raw_root().id.hex(), blobs.RAW_ROOT_ID)

    def test_passphrase_root_has_its_identifier(self) -> None:
        with mock.patch.dict(os.environ, {"GOLDEN_ROOT": blobs.PASSPHRASE}):
            root = load_root(f"pbkdf2-sha256:600000:{blobs.PASSPHRASE_SALT}:env:GOLDEN_ROOT")
        self.assertEqual(root.id.hex(), blobs.PASSPHRASE_ROOT_ID)

    def test_root_wraps_open(self) -> None:
        self.assertEqual(unwrap(raw_root(), blobs.SLOT, blobs.ROOT_WRAP), blobs.KEY)
        self.assertEqual(unwrap(raw_root(), blobs.INSTANCE_SLOT, blobs.INSTANCE_WRAP), blobs.KEY)

    def test_root_wrap_opens_with_nothing_but_aes_gcm_and_the_document(self) -> None:
        header = b"KV\x01\x10" + bytes.fromhex(blobs.RAW_ROOT_ID)
        associated = b"\x00\x00\x00\x10keyvault/v1/wrap" + b"\x00\x00\x00\x0c" + header
        associated += (
            b"\x00\x00\x00\x10" + bytes(16) + b"\x00\x00\x00\x10" + blobs.KEY_ID.bytes + b"\x00\x00\x00\x06pepper"
        )
        nonce, sealed = blobs.INSTANCE_WRAP[12:24], blobs.INSTANCE_WRAP[24:]
        self.assertEqual(AESGCM(raw_root().kek).decrypt(nonce, sealed, associated), blobs.KEY)

    def test_recovery_wrap_opens_with_the_printed_key(self) -> None:
        key = recovery.parse(blobs.RECOVERY_TEXT)
        self.assertEqual(key.id.hex(), blobs.RECOVERY_ID)
        self.assertEqual(unwrap_by_recovery(key, blobs.SLOT, blobs.RECOVERY_WRAP), blobs.KEY)

    def test_fingerprint_stays(self) -> None:
        self.assertEqual(fingerprint_of(blobs.KEY, blobs.VALUE), blobs.FINGERPRINT)

    def test_fernet_vector_of_the_specification_opens(self) -> None:
        self.assertEqual(fernet.open_legacy(blobs.FERNET_TOKEN, blobs.FERNET_KEY), b"hello")

    def test_raw_root_is_the_base64_of_its_bytes(self) -> None:
        self.assertEqual(base64.b64decode(blobs.RAW_ROOT), bytes(range(32, 64)))
