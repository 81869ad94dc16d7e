"""``rotate-org``, ``shred-org`` and ``recover`` killed at random points: what is done stays, and again finishes it."""

import random
import subprocess
import time

import pytest
from django.db import connection

from keyvault.flows.keys.rewrap import rewrap
from keyvault.flows.keys.rotate_org import GRACE, reseal_org, rotate_org
from keyvault.flows.keys.verify import verify
from keyvault.keyring import recovery, ring
from keyvault.keyring.models import DataKey, DataKeyState, RootKey
from keyvault.keyring.purposes import Ring
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.sealing import open_versions
from keyvault.secrets.services.importing import import_values
from tests.clock import later
from tests.keyring.scene import ACTOR, command, environment, given_gateway_root, given_root, holding, new_root
from tests.ring import ring_outlives_flush
from tests.secrets.scene import KeysTransactionTestCase

_SECRETS = 1500
_KILLS = 8
_OTHER_BACKENDS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


@pytest.mark.slow
class KilledCeremonyTests(KeysTransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(ring_outlives_flush())
        super().setUp()
        self.values = {f"KEY_{n}": f"sk_test_value_number_{n}".encode() for n in range(_SECRETS)}
        import_values(actor=self.owner(), environment=self.development, values=self.values)

    def test_rotate_org(self) -> None:
        for _ in range(_KILLS):
            self.kill("keys", "rotate-org", "acme", "--now")
            self.assertReadable()
        rotate_org(actor=ACTOR, org=self.acme)
        with later(GRACE * 2):
            self.assertTrue(reseal_org(actor=ACTOR, org=self.acme).finished)
        self.assertReadable()
        active = DataKey.objects.get(org_id=self.acme.pk, purpose="value", state=DataKeyState.ACTIVE).pk
        self.assertEqual(set(SecretVersion.objects.values_list("datakey_id", flat=True)), {active})

    def test_shred_org(self) -> None:
        """From the first event on nothing is read; before it, everything."""
        for _ in range(_KILLS):
            self.kill("keys", "shred-org", "acme", "--confirm", "acme")
            if DataKey.objects.filter(org_id=self.acme.pk, state=DataKeyState.ACTIVE).exists():
                self.assertReadable()
        done = subprocess.run(
            command("keys", "shred-org", "acme", "--confirm", "acme"), env=self.environment(), check=False
        )
        self.assertEqual(done.returncode, 0)
        self.assertFalse(SecretVersion.objects.filter(envelope__isnull=False).exists())
        self.assertTrue(verify().sound)

    def test_recover(self) -> None:
        """In one transaction: a kill leaves the database as it was."""
        key = recovery.generate()
        main = new_root()
        RootKey.objects.filter(ring=Ring.RECOVERY).update(state="retired", retired_at="2026-01-01T00:00:00Z")
        facts = {"kind": "recovery", "state": "primary", "public_key": key.public_key}
        RootKey.objects.create(id=key.id, ring=Ring.RECOVERY, **facts)
        rewrap(actor=ACTOR)
        act = command("keys", "recover")
        for _ in range(_KILLS):
            process = subprocess.Popen(
                act,
                env=environment([main], [given_gateway_root()]),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert process.stdin is not None
            process.stdin.write(key.text() + "\n")
            process.stdin.close()
            self.let_live_for_a_while(process)
            self.assertReadable()
        done = subprocess.run(
            act, env=environment([main], [given_gateway_root()]), input=key.text() + "\n", text=True, check=False
        )
        self.assertEqual(done.returncode, 0)
        with holding(main):
            self.assertReadable()

    def assertReadable(self) -> None:
        ring.forget()
        rows = list(SecretVersion.objects.select_related("secret__environment").filter(version=1))
        found = {row.secret.name: value.data for row, value in zip(rows, open_versions(rows), strict=True)}
        self.assertEqual(found, self.values)
        self.assertEqual(Secret.objects.count(), _SECRETS)

    def kill(self, *act: str) -> None:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command(*act), env=self.environment(), stdout=quiet, stderr=quiet)
        self.let_live_for_a_while(process)

    def let_live_for_a_while(self, process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
        """Until it is at the database, and a moment longer."""
        deadline = time.monotonic() + 60
        while not self.others() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(random.uniform(0, 1.5))
        process.kill()
        process.wait()
        while self.others() and time.monotonic() < deadline:
            time.sleep(0.05)

    def others(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_OTHER_BACKENDS)
            [count] = cursor.fetchone()
        return int(count)

    def environment(self) -> dict[str, str]:
        return environment([given_root()], [given_gateway_root()])
