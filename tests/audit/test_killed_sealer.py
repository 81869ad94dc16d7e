"""A sealer that is killed at any moment, again and again: one dense log, every event once, one checkpoint a size."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.models import Checkpoint, Leaf
from audit.verifier.kv_audit_verify import Key, Trust
from audit.verifying import verify_database
from tests.audit.sealed import ACME, HOST, SealedTestCase

CODE = Path(__file__).resolve().parents[2]
TIMES = 20


@pytest.mark.slow
class KilledSealerTests(SealedTestCase):
    def test_twenty_kills_leave_one_log(self) -> None:
        for _ in range(TIMES):
            self.happen(25)
            sealer = self.start()
            time.sleep(random.uniform(0, 0.25))
            sealer.send_signal(signal.SIGKILL)
            sealer.wait()
        self.seal()
        indexes = Leaf.objects.filter(log_id=ACME.id).order_by("leaf_index").values_list("leaf_index", flat=True)
        self.assertEqual(list(indexes), list(range(25 * TIMES)))
        notes = Checkpoint.objects.values_list("log_id", "epoch", "size")
        self.assertEqual(len(notes), len(set(notes)))
        from audit.sealing import seed

        public = seed.load_key(self.folder).public_key().public_bytes_raw()
        report = verify_database(Trust([Key(HOST, public)], witness=[]), host=HOST)
        self.assertEqual((report.exit_code, report.findings), (0, []))

    def start(self) -> subprocess.Popen[str]:
        """Up to the moment at which it says that it seals."""
        environment = os.environ | {
            "KEYVAULT_SEALER_DIR": str(self.folder),
            "KEYVAULT_SEAL_SECONDS": "0",
            "KEYVAULT_URL": f"https://{HOST}",
        }
        command = [sys.executable, str(CODE / "manage.py"), "sealer"]
        sealer = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert sealer.stdout is not None
        self.assertIn("sealing", sealer.stdout.readline())
        return sealer
