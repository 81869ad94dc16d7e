"""An auditor takes a bundle and the public key to another machine: 0, and 1 after a byte was changed."""

import subprocess
import sys
from pathlib import Path

from audit.bundle import export
from audit.sealing import seed
from audit.verifier import kv_audit_verify
from tests.audit.sealed import EVIL, SealedTestCase

TOOL = Path(kv_audit_verify.__file__)


class AuditorTests(SealedTestCase):
    def setUp(self) -> None:
        self.happen(5)
        self.happen(2, org=EVIL)
        self.happen(1, org=None)
        self.seal()
        self.public = seed.load_key(self.folder).public_key().public_bytes_raw()
        self.bundle = self.place / "bundle"
        export(self.bundle, host="keys.example.com", public=self.public)
        self.key = (self.bundle / "keys.txt").read_text().splitlines()[1]

    def verified(self, *options: str) -> tuple[int, str]:
        """By a Python that knows nothing of KeyVault."""
        command = [sys.executable, "-I", str(TOOL), str(self.bundle), *options]
        done = subprocess.run(command, cwd=self.place, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_bundle_and_key_are_enough(self) -> None:
        code, said = self.verified("--public-key", self.key)
        self.assertEqual(code, 0, said)
        self.assertIn(", 3 checkpoints, 3 logs", said)

    def test_any_changed_byte_is_tampering(self) -> None:
        for path in sorted(self.bundle.rglob("*.*")):
            if path.name not in ("entries.jsonl", "checkpoints.txt"):
                continue
            before = path.read_bytes()
            for at in range(0, len(before), 31):
                changed = bytearray(before)
                changed[at] ^= 1
                path.write_bytes(changed)
                self.assertEqual(
                    kv_audit_verify.main([str(self.bundle), "--public-key", self.key, "--json"]), 1, f"{path.name} {at}"
                )
            path.write_bytes(before)
