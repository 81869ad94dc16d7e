"""Case 33: somebody who trusts none of our code checks a bundle with OpenSSL, sha256sum and the definition.

The root is computed as RFC 6962 §2.1 defines it, top down, and not as any of our implementations grow it.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import unittest

from audit.bundle import export
from audit.sealing import seed
from tests.audit.sealed import ACME, EVIL, SealedTestCase

_SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 §4: an Ed25519 public key follows


def root_of(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


@unittest.skipUnless(shutil.which("openssl") and shutil.which("sha256sum"), "there is no third party here")
class ThirdPartyTests(SealedTestCase):
    def setUp(self) -> None:
        for count in (3, 40, 300):
            self.receipts = self.happen(count)
            self.happen(2, org=EVIL)
            self.seal()
        public = seed.load_key(self.folder).public_key().public_bytes_raw()
        self.bundle = self.place / "bundle"
        export(self.bundle, host="keys.example.com", public=public)
        pem = base64.b64encode(_SPKI + public).decode()
        (self.place / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")

    def test_every_checkpoint_is_signed_and_has_the_root_of_its_leaves(self) -> None:
        checked = 0
        for log in json.loads((self.bundle / "manifest.json").read_text())["logs"]:
            place = self.bundle / log["folder"]
            leaves = place.joinpath("entries.jsonl").read_bytes().split(b"\n")[:-1]
            parts = place.joinpath("checkpoints.txt").read_text().split("\n\n")
            for body, signature in zip(parts[::2], parts[1::2], strict=False):
                origin, size, root = body.split("\n")
                self.assertEqual((origin, root_of(leaves[: int(size)])), (log["origin"], base64.b64decode(root)))
                self.assert_signed(f"{body}\n", signature)
                checked += 1
        self.assertEqual(checked, 9)

    def test_receipt_is_the_digest_of_a_zero_byte_and_the_line(self) -> None:
        lines = (self.bundle / str(ACME.id) / "entries.jsonl").read_bytes().split(b"\n")
        done = subprocess.run(["sha256sum"], input=b"\0" + lines[-2], capture_output=True, check=True)
        self.assertEqual(done.stdout.split()[0].decode(), self.receipts[-1].leaf_hash.hex())

    def assert_signed(self, body: str, signature: str) -> None:
        text, signed = self.place / "body", self.place / "signature"
        text.write_text(body)
        signed.write_bytes(base64.b64decode(signature.split(" ")[2])[4:])
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-in", str(text)]
        done = subprocess.run(
            [*command, "-inkey", str(self.place / "key.pem"), "-sigfile", str(signed)], capture_output=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
