"""``keys rewrap`` killed at random points loses nothing, and the next run goes on from there."""

import random
import subprocess
import time
from uuid import UUID

import pytest
from django.db import connection
from django.test import TransactionTestCase

from keyvault.flows.keys.add_root import add_root
from keyvault.flows.keys.rewrap import rewrap
from keyvault.flows.keys.verify import verify
from keyvault.keyring import ring
from keyvault.keyring.models import DataKey, DataKeyWrap
from keyvault.keyring.roots import load_root
from tests.keyring.scene import (
    ACTOR,
    command,
    environment,
    events,
    given_gateway_root,
    given_root,
    holding,
    new_organization,
    new_root,
    place,
)

_ORGANIZATIONS = 300
_KILLS = 20
_OTHER_BACKENDS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


@pytest.mark.slow
class KilledRewrapTests(TransactionTestCase):
    def test_twenty_kills_lose_nothing(self) -> None:
        old, new = given_root(), new_root()
        self.sealed = self._values()
        before = self._first_wraps(old)
        with holding(old, new):
            add_root(actor=ACTOR)
        interrupted = sum(self._kill([old, new], new) for _ in range(_KILLS))
        self.assertGreater(interrupted, 3, "the kills came too early or too late to prove anything")
        with holding(old, new):
            rewrap(actor=ACTOR)
        self.assertOpens(old)
        self.assertOpens(new)
        self.assertEqual(self._first_wraps(old), before)
        self.assertEqual(DataKeyWrap.objects.filter(root_id=load_root(new).id).count(), DataKey.objects.count())

    def assertOpens(self, *roots: str) -> None:
        with holding(*roots):
            self.assertEqual(ring.check(), [])
            self.assertTrue(verify().sound)
            self.assertEqual(ring.open_values(self.sealed), [b"%d" % n for n in range(_ORGANIZATIONS)])

    def _values(self) -> list[tuple[ring.ValueContext, bytes]]:
        places = [place(new_organization()) for _ in range(_ORGANIZATIONS)]
        return [(where, ring.seal_value(where, b"%d" % n)) for n, where in enumerate(places)]

    def _first_wraps(self, root: str) -> dict[UUID, bytes]:
        rows = DataKeyWrap.objects.filter(root_id=load_root(root).id).values_list("datakey_id", "wrapped")
        return {key_id: bytes(wrapped) for key_id, wrapped in rows}

    def _kill(self, roots: list[str], new: str) -> bool:
        """True when the run was cut with wraps still missing; some are taken back, for the next run to make."""
        recorded = len(events("keys:rewrap"))
        act = command("keys", "rewrap", "--batch", "5")
        process = subprocess.Popen(
            act, env=environment(roots, [given_gateway_root()]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while len(events("keys:rewrap")) == recorded and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.4))
        process.kill()
        process.wait()
        self._wait_until_backends_end()
        cut = DataKeyWrap.objects.filter(root_id=load_root(new).id).count() < DataKey.objects.count()
        self.assertOpens(given_root())
        DataKeyWrap.objects.filter(
            root_id=load_root(new).id, datakey__purpose=random.choice(["value", "broker"])
        ).delete()
        return cut

    def _wait_until_backends_end(self) -> None:
        """A killed client's transaction is rolled back when its backend notices."""
        with connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute(_OTHER_BACKENDS)
                if cursor.fetchone() == (0,):
                    return
                time.sleep(0.05)
