"""A sealer that is killed at any moment, again and again: one dense log, every event once, one checkpoint a size."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from audit.models import Checkpoint, Leaf
from audit.sealing import seed
from audit.sealing.state import State
from audit.verifier.kv_audit_verify import Key, Trust
from audit.verifying import verify_database
from tests.audit.sealed import ACME, HOST, SealedTestCase, superuser_url

CODE = Path(__file__).resolve().parents[2]
TIMES = 20
_IN_BETWEEN = """
    SELECT FROM pg_locks waits JOIN pg_locks holds USING (pid)
    WHERE waits.relation = 'audit_checkpoint'::regclass AND NOT waits.granted AND waits.mode = 'RowExclusiveLock'
      AND holds.relation = 'audit_leaf'::regclass AND holds.granted AND holds.mode = 'RowExclusiveLock'
"""


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
        self.assert_one_log(25 * TIMES)

    def test_twenty_kills_between_the_leaves_and_the_checkpoint_leave_one_log(self) -> None:
        """The sealer has written the leaves and waits for a lock on the checkpoints that the test holds."""
        self.happen(1)
        self.seal()
        for number in range(TIMES):
            self.happen(3)
            with psycopg.connect(superuser_url()) as other:
                other.execute("LOCK TABLE audit_checkpoint IN SHARE MODE")
                sealer = self.start()
                self.wait_for_the_sealer_to_wait()
                sealer.send_signal(signal.SIGKILL)
                sealer.wait()
                with State.held(self.folder) as state:
                    self.assertIsNotNone(state.intended, "it had signed, and was killed in the midst of writing")
            self.assertEqual(Leaf.objects.filter(log_id=ACME.id).count(), 1 if number == 0 else 1 + 3 * number)
            self.seal()
        self.assert_one_log(1 + 3 * TIMES)

    def wait_for_the_sealer_to_wait(self) -> None:
        """Fails where the leaves' own lock is not held at that moment: then it would not be in between."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.rows(_IN_BETWEEN):
                return
        self.fail("the sealer never came to the checkpoint")

    def assert_one_log(self, size: int) -> None:
        indexes = Leaf.objects.filter(log_id=ACME.id).order_by("leaf_index").values_list("leaf_index", flat=True)
        self.assertEqual(list(indexes), list(range(size)))
        notes = list(Checkpoint.objects.values_list("log_id", "epoch", "size"))
        self.assertEqual(len(notes), len(set(notes)))
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
