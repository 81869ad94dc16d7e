"""Exposure: counted behind the read, added up over processes, never in the way."""

import datetime as dt
from unittest import mock

from django.db import OperationalError
from django.utils import timezone

from keyvault.secrets import exposure
from keyvault.secrets.models import SecretExposure
from keyvault.secrets.services.revealing import reveal_environment, reveal_secret
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.secrets.scene import OTHER, KeysTestCase


class ExposureTests(KeysTestCase):
    def setUp(self) -> None:
        super().setUp()
        exposure.flush()

    def counts(self) -> dict[tuple[int, str], int]:
        rows = SecretExposure.objects.select_related("version")
        return {(row.version.version, row.kind): row.count for row in rows}

    def test_each_version_counts_by_itself(self) -> None:
        secret = self.stored()
        for _ in range(3):
            reveal_secret(actor=self.owner(), secret=secret)
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        reveal_secret(actor=self.owner(), secret=secret)
        exposure.flush()
        self.assertEqual(self.counts(), {(1, "revealed"): 3, (2, "revealed"): 1})

    def test_a_read_writes_no_row_itself(self) -> None:
        reveal_secret(actor=self.owner(), secret=self.stored())
        self.assertEqual(self.counts(), {})

    def test_later_counts_are_added_and_the_last_reader_is_kept(self) -> None:
        secret = self.stored()
        for person in (self.olivia, self.adam):
            reveal_secret(actor=self.actor(person), secret=secret)
            exposure.flush()
        reveal_environment(actor=self.owner(), environment=self.development)
        exposure.flush()
        row = SecretExposure.objects.get()
        self.assertEqual((row.count, row.last_by), (3, "olivia@acme.example"))
        self.assertEqual(row.org, self.acme)

    def test_what_another_process_saw_later_stays(self) -> None:
        secret = self.stored()
        reveal_secret(actor=self.owner(), secret=secret)
        exposure.flush()
        future = timezone.now() + dt.timedelta(hours=1)
        SecretExposure.objects.update(last_at=future, last_by="somebody later")
        reveal_secret(actor=self.owner(), secret=secret)
        exposure.flush()
        row = SecretExposure.objects.get()
        self.assertEqual((row.count, row.last_at, row.last_by), (2, future, "somebody later"))

    def test_a_version_that_is_gone_meanwhile_is_left_out(self) -> None:
        secret, other = self.stored(), self.stored("OTHER", OTHER)
        reveal_environment(actor=self.owner(), environment=self.development)
        secret.delete()
        exposure.flush()
        self.assertEqual(SecretExposure.objects.get().version.secret_id, other.pk)

    def test_what_could_not_be_written_is_kept_for_the_next_time(self) -> None:
        reveal_secret(actor=self.owner(), secret=self.stored())
        with mock.patch.object(exposure, "connection") as down:
            down.cursor.side_effect = OperationalError
            with self.assertRaises(OperationalError):
                exposure.flush()
        exposure.flush()
        self.assertEqual(self.counts(), {(1, "revealed"): 1})

    def test_two_flushes_write_once(self) -> None:
        reveal_secret(actor=self.owner(), secret=self.stored())
        exposure.flush()
        exposure.flush()
        self.assertEqual(self.counts(), {(1, "revealed"): 1})
