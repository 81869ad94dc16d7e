"""The journal turns a page while what was read of it is being booked: what came meanwhile is booked too."""

import tempfile
import threading
import time
from pathlib import Path

from django.db import connection

from gateway.flushing.flusher import Flusher
from gateway.models import Usage
from gateway.usage.journal import Journal
from gateway.usage.lines import line_key
from gateway.usage.record import Record
from keyvault.ids import uuid7
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from tests.cast import CastTransactionTestCase
from tests.sessions import raw_session, wait_until_somebody_waits
from tests.tokens.scene import Tokens


class TurningPagesTests(Tokens, CastTransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.token = self.of_service("Deploy job of shop").token
        key = ring.instance_key(Purpose.JOURNAL)
        self.journal = Journal(folder, uuid7(), key.id, line_key(key.secret), rotate_at=2000)
        self.addCleanup(self.journal.close)
        self.flusher = Flusher(self.journal)

    def test_a_page_that_was_turned_while_it_was_booked_is_read_to_its_end(self) -> None:
        written = [self.append()]
        booking = threading.Thread(target=self.book)
        with raw_session() as other:
            other.execute("LOCK TABLE gateway_usage IN EXCLUSIVE MODE")
            booking.start()
            wait_until_somebody_waits()
            while len(self.journal.files) == 1:
                written.append(self.append())
        booking.join()
        self.flusher.flush()
        self.assertGreater(len(written), 2)
        self.assertEqual(set(Usage.objects.values_list("id", flat=True)), {record.id for record in written})
        self.assertEqual(len(self.journal.files), 1)

    def book(self) -> None:
        try:
            self.flusher.flush()
        finally:
            connection.close()

    def append(self) -> Record:
        record = Record(
            id=uuid7(), at=int(time.time() * 1000), org=self.acme.pk, token=self.token.pk, line=self.token.pk,
            project=None, environment=None, provider="openai", model="gpt-4o", address=None, ending="complete",
            status=200, bytes_in=1, bytes_out=1, tokens_in=1, tokens_cached=0, tokens_out=1, spend=1, estimated=False,
            milliseconds=1, budgets=(),
        )  # fmt: skip
        self.journal.append(record)
        return record
