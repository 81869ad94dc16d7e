"""Tests that empty the tables leave the next one the ring that the run began with."""

from django.test import TransactionTestCase

from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose

_seen: list[object] = []


class RingAfterFlushTests(TransactionTestCase):
    """Each test flushes at its end; whichever comes second sees what the first one saw."""

    def test_ring_is_there(self) -> None:
        self._look()

    def test_ring_is_there_again(self) -> None:
        self._look()

    def _look(self) -> None:
        self.assertEqual(ring.check(), [])
        _seen.append(ring.instance_key(Purpose.AUDIT_MAC).id)
        self.assertEqual(len(set(_seen)), 1)
