"""Threads, forks and rolled-back transactions: nothing is sealed under a key that does not last."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock
from uuid import uuid4

from django.db import connection, transaction
from django.test import TransactionTestCase

from keyvault.keyring import counting, held, ring
from keyvault.keyring.envelope import seal
from keyvault.keyring.models import DataKey
from keyvault.keyring.purposes import Purpose, Ring
from keyvault.keyring.roots import load_root
from tests.keyring import blobs
from tests.keyring.scene import given_root, holding, new_organization, new_root, place
from tests.keyring.test_roots import SALT


class RolledBackKeyTests(TransactionTestCase):
    def test_key_is_not_remembered_before_its_transaction_commits(self) -> None:
        org = uuid4()
        with transaction.atomic():
            ring.create_organization_keys(org)
            ring.seal_value(place(org), b"in the transaction that makes the key")
            self.assertNotIn((Purpose.VALUE, org), ring._active)
            transaction.set_rollback(True)
        self.assertNotIn((Purpose.VALUE, org), ring._active)
        self.assertFalse(DataKey.objects.filter(org_id=org).exists())

    def test_committed_key_is_remembered(self) -> None:
        org = new_organization()
        ring.seal_value(place(org), b"value")
        with self.assertNumQueries(0):
            ring.seal_value(place(org), b"value")

    def test_choice_is_made_again_after_a_minute(self) -> None:
        org = new_organization()
        ring.seal_value(place(org), b"value")
        until, key = ring._active[Purpose.VALUE, org]
        ring._active[Purpose.VALUE, org] = (until - 61, key)
        with self.assertNumQueries(1):
            ring.seal_value(place(org), b"value")


class ThreadTests(TransactionTestCase):
    def test_threads_seal_and_open_side_by_side(self) -> None:
        orgs = [new_organization() for _ in range(4)]
        ring.forget()
        with ThreadPoolExecutor(8) as pool:
            nonces = [nonce for found in pool.map(self._work, orgs * 4) for nonce in found]
        self.assertEqual(len(set(nonces)), 16 * 100)
        counts = DataKey.objects.filter(org_id__in=orgs, purpose=Purpose.VALUE).values_list("enc_count", flat=True)
        self.assertTrue(all(400 <= count <= 8 * 1000 for count in counts), list(counts))

    def test_block_is_not_waited_for_while_another_transaction_reserves_it(self) -> None:
        org = new_organization()
        key_id = DataKey.objects.get(org_id=org, purpose=Purpose.VALUE).id
        with transaction.atomic():
            DataKey.objects.select_for_update(no_key=True).get(pk=key_id)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(self._work, org).result(timeout=10)
        ring.seal_value(place(org), b"value")
        self.assertEqual(DataKey.objects.get(pk=key_id).enc_count, 1000)
        self.assertEqual(counting._left[key_id], 1000 - 101)

    def _work(self, org: object) -> list[bytes]:
        try:
            found = []
            for number in range(100):
                where = place(org)  # type: ignore[arg-type]
                envelope = ring.seal_value(where, b"%d" % number)
                self.assertEqual(ring.open_value(where, envelope), b"%d" % number)
                found.append(envelope[20:32])
            return found
        finally:
            connection.close()


class PassphraseTests(TransactionTestCase):
    def test_root_is_derived_once_in_a_process_however_many_ask(self) -> None:
        path = new_root().removeprefix("raw:file:")
        Path(path).write_text("correct horse battery staple")
        spec = f"pbkdf2-sha256:600000:{SALT}:file:{path}"
        with mock.patch.object(held, "load_root", wraps=load_root) as derived, holding(given_root(), spec):
            with ThreadPoolExecutor(8) as pool:
                found = list(pool.map(held.held_root_ids, [Ring.MAIN] * 16))
            self.assertEqual(len(ring.held_root_ids(Ring.MAIN)), 2)
        self.assertEqual([call.args[0] for call in derived.call_args_list].count(spec), 1)
        self.assertEqual(len(set(map(tuple, found))), 1)


class ForkTests(TransactionTestCase):
    def test_child_inherits_no_taken_lock_and_no_block(self) -> None:
        ring.seal_value(place(new_organization()), b"value")
        with ring._lock, counting._lock, held._lock:
            child = os.fork()
            if child == 0:
                signal.alarm(10)
                os._exit(0 if self._child_is_free() else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertTrue(counting._left)

    def test_forked_workers_seal_with_different_nonces(self) -> None:
        nonces = set()
        for _ in range(8):
            reader, writer = os.pipe()
            if (child := os.fork()) == 0:
                signal.alarm(10)
                os.write(writer, seal(blobs.KEY_ID, blobs.KEY, blobs.CONTEXT, b"value")[20:32])
                os._exit(0)
            os.waitpid(child, 0)
            nonces.add(os.read(reader, 12))
            os.close(reader)
            os.close(writer)
        self.assertEqual(len(nonces), 8)

    @staticmethod
    def _child_is_free() -> bool:
        ring.forget()
        held.held_root_ids()
        for lock in (ring._lock, counting._lock, held._lock):
            with lock:
                pass
        return not counting._left and threading.active_count() == 1
