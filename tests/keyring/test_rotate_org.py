"""An organization seals under new keys; what it stored follows, and nothing that is written meanwhile is lost."""

import datetime as dt
import threading
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from keyvault.actor import TokenKind
from keyvault.flows.keys import rotate_org as rotation
from keyvault.flows.keys.rotate_org import RESEAL, reseal_org, rotate_org
from keyvault.flows.keys.shelves import SHELVES
from keyvault.jobs import runner
from keyvault.jobs.models import Job, State
from keyvault.keyring import ring
from keyvault.keyring.models import DataKey, DataKeyState
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.resealing import VERSIONS
from keyvault.secrets.services.removing import erase_version
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.clock import later
from tests.keyring.scene import ACTOR, given_gateway_root, given_root, manage
from tests.ring import ring_outlives_flush
from tests.secrets.scene import OTHER, KeysTransactionTestCase
from tokens.services import copy_team_token, issue_token

AFTERWARDS = rotation.GRACE + dt.timedelta(seconds=1)


class RotateOrgTestCase(KeysTransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(ring_outlives_flush())
        super().setUp()

    def keys(self, *states: str) -> set[UUID]:
        rows = DataKey.objects.filter(org_id=self.acme.pk, state__in=states)
        return set(rows.exclude(purpose="fingerprint").values_list("pk", flat=True))

    def lying(self) -> set[UUID]:
        return set(SecretVersion.objects.values_list("datakey_id", flat=True))


class RotateOrgTests(RotateOrgTestCase):
    def test_everything_is_read_as_before_and_the_old_keys_end(self) -> None:
        secrets = {name: self.stored(name, f"sk_test_value_of_{name}") for name in ("A", "B", "C")}
        brokered = self.stored("OPENAI", kind="brokered", provider="openai")
        shared = issue_token(
            actor=self.owner(),
            kind=TokenKind.TEAM,
            name="Frontend",
            environment=self.development,
            networks=["10.0.0.0/8"],
            lifetime=dt.timedelta(days=1),
        ).token
        marks = list(SecretVersion.objects.order_by("pk").values_list("fingerprint", flat=True))
        old = self.keys("active")
        self.forget_events()
        self.assertTrue(rotate_org(actor=ACTOR, org=self.acme))
        self.assertEqual(self.keys("decrypt_only"), old)
        early = reseal_org(actor=ACTOR, org=self.acme, batch=2)
        self.assertEqual((early.done.moved, early.finished, early.early), (5, False, True))
        with later(AFTERWARDS):
            self.assertTrue(reseal_org(actor=ACTOR, org=self.acme).finished)
        self.assertEqual(self.keys("shredded"), old)
        self.assertEvents("keys:rotate-org", *["keys:reseal"] * 3, "keys:retire-key")
        for name, secret in secrets.items():
            self.assertEqual(self.read(secret), f"sk_test_value_of_{name}".encode())
        self.assertTrue(self.lying() <= self.keys("active"))
        self.assertEqual(SecretVersion.objects.get(secret=brokered).datakey_id, self.active("broker"))
        self.assertTrue(copy_team_token(actor=self.owner(), token=shared).startswith("kvt_"))
        self.assertEqual(list(SecretVersion.objects.order_by("pk").values_list("fingerprint", flat=True)), marks)

    def active(self, purpose: str) -> UUID:
        return DataKey.objects.get(org_id=self.acme.pk, purpose=purpose, state=DataKeyState.ACTIVE).pk

    def test_again_goes_on_instead_of_beginning_anew(self) -> None:
        self.stored()
        rotate_org(actor=ACTOR, org=self.acme)
        self.assertFalse(rotate_org(actor=ACTOR, org=self.acme))
        self.assertEqual(DataKey.objects.filter(org_id=self.acme.pk).count(), 5)
        self.assertEqual(Job.objects.filter(kind=RESEAL, state=State.QUEUED).count(), 1)

    def test_the_worker_carries_it_to_its_end(self) -> None:
        secret = self.stored()
        old = self.keys("active")
        rotate_org(actor=ACTOR, org=self.acme)
        runner.sweep()
        waiting = Job.objects.get(kind=RESEAL, state=State.QUEUED)
        self.assertGreater(waiting.run_after, Job.objects.get(kind=RESEAL, state=State.DONE).run_after)
        self.assertEqual(self.keys("decrypt_only"), old)
        Job.objects.filter(pk=waiting.pk).update(run_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        with later(AFTERWARDS):
            runner.run(waiting.pk)
        self.assertEqual(self.keys("shredded"), old)
        self.assertEqual(self.read(secret), b"sk_test_4eC39HqLyjWDarjtT1zdp7dc")

    def test_a_version_erased_in_between_stays_erased(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        rotate_org(actor=ACTOR, org=self.acme)
        [first, _] = VERSIONS.under(list(self.keys("decrypt_only")), UUID(int=0), 10)
        erase_version(actor=self.owner(), secret=secret, version=1)
        self.assertFalse(VERSIONS.swap(first.row, first.envelope, ring.seal_value(first.context, b"back again")))
        self.assertIsNone(SecretVersion.objects.get(secret=secret, version=1).envelope)

    def test_a_value_that_does_not_open_keeps_the_old_key(self) -> None:
        secret = self.stored()
        row = SecretVersion.objects.get(secret=secret)
        broken = bytes(row.envelope or b"")[:-1] + b"\0"
        SecretVersion.objects.filter(pk=row.pk).update(envelope=broken)
        old = self.keys("active")
        rotate_org(actor=ACTOR, org=self.acme)
        with later(AFTERWARDS):
            progress = reseal_org(actor=ACTOR, org=self.acme)
        self.assertEqual((progress.done.shut, progress.finished), (1, False))
        self.assertEqual(self.keys("decrypt_only"), old)
        runner.sweep()
        self.assertIn("do not open", Job.objects.get(kind=RESEAL).last_error)

    def test_a_late_writer_stores_nothing_under_a_key_that_is_gone(self) -> None:
        secret = self.stored()
        row = SecretVersion.objects.get(secret=secret)
        rotate_org(actor=ACTOR, org=self.acme)
        with later(AFTERWARDS):
            reseal_org(actor=ACTOR, org=self.acme)
        with self.assertRaisesRegex(IntegrityError, "under a shredded key"), transaction.atomic():
            SecretVersion.objects.filter(pk=row.pk).update(envelope=row.envelope, datakey_id=row.datakey_id)

    def test_another_organization_is_not_touched(self) -> None:
        before = list(DataKey.objects.filter(org_id=self.evil_corp.pk).values())
        rotate_org(actor=ACTOR, org=self.acme)
        self.assertEqual(list(DataKey.objects.filter(org_id=self.evil_corp.pk).values()), before)

    def test_every_table_with_a_data_key_is_a_shelf(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name) "
                "WHERE tables.table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'datakey_id'"
            )
            tables = {name for (name,) in cursor.fetchall()} - {"crypto_datakey_wrap"}
        self.assertEqual(tables, {shelf.table for shelf in SHELVES})

    def test_by_command(self) -> None:
        self.stored()
        done = manage("keys", "rotate-org", "acme", "--now", main=[given_root()], gateway=[given_gateway_root()])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 values sealed anew", done.stdout)
        self.assertEqual(manage("keys", "rotate-org", "nobody", main=[given_root()]).returncode, 1)


class WriterBesideRotationTests(RotateOrgTestCase):
    def test_no_update_is_lost_under_a_writer_that_does_not_rest(self) -> None:
        """Between the look at a batch and its change the writer adds versions and erases old ones."""
        secrets = [self.stored(f"KEY_{n}", f"sk_test_first_{n}_value") for n in range(12)]
        rotate_org(actor=ACTOR, org=self.acme)
        written: dict[UUID, bytes] = {}
        stop = threading.Event()
        writer = threading.Thread(target=self._write, args=(secrets, written, stop))
        writer.start()
        try:
            for _ in range(6):
                reseal_org(actor=ACTOR, org=self.acme, batch=3)
        finally:
            stop.set()
            writer.join()
        with later(AFTERWARDS):
            self.assertTrue(reseal_org(actor=ACTOR, org=self.acme, batch=3).finished)
        self.assertGreater(len(written), 0)
        for n, secret in enumerate(secrets):
            self.assertEqual(self.read(secret), written.get(secret.pk, f"sk_test_first_{n}_value".encode()))
        self.assertTrue(self.lying() <= self.keys("active", "shredded"))
        alive = SecretVersion.objects.filter(envelope__isnull=False).values_list("datakey_id", flat=True)
        self.assertEqual(set(alive), {key for key in self.keys("active") if key in set(alive)})

    def _write(self, secrets: list[Secret], written: dict[UUID, bytes], stop: threading.Event) -> None:
        try:
            for count in range(10_000):
                secret = secrets[count % len(secrets)]
                value = f"sk_test_written_{count}_beside".encode()
                rotate_secret(actor=self.owner(), secret=secret, value=Value.of_bytes(value))
                written[secret.pk] = value
                secret.refresh_from_db()
                if secret.current > 2:
                    erase_version(actor=self.owner(), secret=secret, version=secret.current - 1)
                if stop.is_set():
                    return
        finally:
            connection.close()
