"""A standby is refused by every process; once it took over, it is a database in another place."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from keyvault.installation import guard
from keyvault.keyring.purposes import Ring
from keyvault.processes.errors import CannotStart
from keyvault.start import require_key_ring
from tests.installation.scene import KEY, RestoreTestCase
from tests.installation.standby import standby
from tokens.services import revoke_token


@contextmanager
def moved_to(port: int) -> Iterator[None]:
    before = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = port
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["PORT"] = before
        guard.forget()


@pytest.mark.slow
class RecoveryTests(RestoreTestCase):
    def test_standby_is_refused_and_its_promotion_waits_to_be_accepted(self) -> None:
        self.assertEqual(self.read("stolen").json()["value"], KEY)
        with standby() as other:
            other.catch_up()
            with moved_to(other.port):
                self.assertEqual(self.read("kept").status_code, 503)
                with self.assertRaisesRegex(guard.DatabaseRefused, "in recovery"):
                    connection.ensure_connection()
                with self.assertRaisesRegex(CannotStart, "in recovery"):
                    require_key_ring(Ring.MAIN)
            other.promote()
            revoke_token(  # on the server that was left: the standby never hears of it
                actor=self.actor(self.olivia, stepped_up=True), token=self.issued["stolen"], cause="a laptop was stolen"
            )
            with moved_to(other.port):
                self.assertEqual(self.read("stolen").json()["rule"], "restored")
                self.assertEqual(self.read("kept").json()["rule"], "restored")
            with moved_to(other.port):
                guard.forget()
                require_key_ring(Ring.MAIN)  # it starts, and refuses tokens
                self.assertEqual(self.read("stolen").json()["rule"], "restored")
