"""Behind a pooler that lets no notification through the gateway asks for changes itself, and misses none."""

import os

from gateway.acknowledgement import wait_for_workers
from tests.gateway.house import until
from tests.gateway.pooler import deaf_pooler
from tests.gateway.scene import GatewayTestCase
from tests.gateway.state.streaming import Streaming
from tests.gateway.state.test_reached import CHAT
from tests.tokens.scene import shown
from tokens.services import pause_token, revoke_token


class DeafTests(Streaming, GatewayTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        url = os.environ["KEYVAULT_GATEWAY_DATABASE_URL"]
        cls.variables = {"KEYVAULT_LISTEN_URL": cls.enterClassContext(deaf_pooler(url))}
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        self.broker(self.development)
        self.issued = self.at_development()

    def test_it_says_so_and_serves(self) -> None:
        until(lambda: self.house.ask(CHAT, shown(self.issued)).status == 200)
        self.assertIn("asking for changes twice a second", self.house.said)

    def test_a_revocation_cuts_and_is_acknowledged(self) -> None:
        with self.streaming(self.issued) as client:
            revoke_token(actor=self.actor(self.olivia), token=self.issued.token, cause="lost")
            self.assertEqual(wait_for_workers([self.issued.token.pk]), [])
            self.assert_ended(client, "token_revoked")
        self.assertEqual(self.house.ask(CHAT, shown(self.issued)).status, 401)

    def test_no_change_of_many_is_missed(self) -> None:
        issued = [self.at_development(f"Job {number}") for number in range(8)]
        until(lambda: self.house.ask(CHAT, shown(issued[-1])).status == 200)
        for each in issued[::2]:
            pause_token(actor=self.actor(self.olivia), token=each.token)
        self.assertEqual(wait_for_workers([each.token.pk for each in issued]), [])
        seen = [self.house.ask(CHAT, shown(each)).status for each in issued]
        self.assertEqual(seen, [401, 200] * 4)
