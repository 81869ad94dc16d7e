"""What never happened: an act that is rolled back leaves no trace and raises no alarm, however it ended."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

from django.db import transaction

from audit.models import Event, Leaf
from audit.verifier.kv_audit_verify import VERIFIED
from tests.audit.sealed import ACME
from tests.audit.test_audit_command import CommandTestCase

CODE = Path(__file__).resolve().parents[2]

# A process of its own that wrote an event and never comes to its commit.
_HANGS = """
import sys, django
django.setup()
from django.db import transaction
from audit.services import record
from keyvault.actor import system
from keyvault.target import Target
with transaction.atomic():
    record("secret:reveal", actor=system("dies"), on=Target(org=None))
    print("written", flush=True)
    sys.stdin.read()
"""


class ProvenTestCase(CommandTestCase):
    def setUp(self) -> None:
        self.witness = str(self.place / "witness")
        self.happen(2)

    def assert_proven(self, events: int) -> None:
        with self.settings(KEYVAULT_WITNESS_PATHS=[self.witness]):
            code, said = self.audit("seal")
        self.assertEqual(code, 0, said)
        self.assertEqual(Event.objects.filter(org_id=ACME.id).count(), events)
        self.assertEqual(Event.objects.filter(action__in=["audit:tampered", "audit:refused"]).count(), 0)
        code, said = self.audit("verify", "--public-key", self.key(), "--witness", self.witness)
        self.assertEqual(code, VERIFIED, said)


class RollbackTests(ProvenTestCase):
    """Case 30: nothing is counted, so that nothing seems missing that was never committed."""

    def test_transaction_with_several_events_is_rolled_back(self) -> None:
        with transaction.atomic():
            self.happen(3)
            transaction.set_rollback(True)
        self.happen(1)
        self.assert_proven(3)

    def test_savepoint_is_rolled_back_and_the_rest_committed(self) -> None:
        with transaction.atomic():
            self.happen(1)
            with transaction.atomic():
                self.happen(2)
                transaction.set_rollback(True)
            self.happen(1)
        self.assert_proven(4)

    def test_process_is_killed_in_the_midst_of_its_transaction(self) -> None:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "keyvault.settings"}
        dies = subprocess.Popen(
            [sys.executable, "-c", _HANGS],
            cwd=CODE,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert dies.stdout is not None
        while "written" not in (line := dies.stdout.readline()):
            self.assertTrue(line, "it ended before it had written")
        dies.send_signal(signal.SIGKILL)
        dies.wait()
        dies.stdout.close()
        self.happen(1)
        self.assert_proven(3)
        self.assertFalse(Event.objects.filter(action="secret:reveal", actor_type="system").exists())


class ClockTests(ProvenTestCase):
    """Case 38: the order of the log is that of sealing, whatever a clock says."""

    def test_clock_that_is_set_back_an_hour_changes_no_order(self) -> None:
        with self.settings(KEYVAULT_WITNESS_PATHS=[self.witness]):
            self.audit("seal")
        now = dt.datetime.now(dt.UTC)
        clock = mock.Mock(UTC=dt.UTC)
        clock.datetime.now.side_effect = lambda zone: now - dt.timedelta(hours=1)
        with mock.patch("audit.services.dt", clock):
            back = self.happen(2)
        self.happen(1)
        self.assert_proven(5)
        indexes = Leaf.objects.filter(event_id__in=[receipt.event_id for receipt in back])
        self.assertEqual(sorted(indexes.values_list("leaf_index", flat=True)), [2, 3])
