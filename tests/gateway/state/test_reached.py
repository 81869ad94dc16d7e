"""The whole gateway over real HTTP: rows in, requests through, revocations cut."""

from keyvault.installation import guard
from keyvault.owner import database_owner
from tests.gateway.house import until
from tests.gateway.scene import KEY, GatewayTestCase
from tests.tokens.scene import shown

CHAT = "/openai/v1/chat/completions"


class ReachedTests(GatewayTestCase):
    def test_a_token_goes_in_and_the_key_comes_out(self) -> None:
        self.broker(self.development)
        token = shown(self.at_development())
        until(lambda: self.house.ask(CHAT, token).status != 401)
        heard = self.house.ask(CHAT, token)
        self.assertEqual(heard.status, 200)
        self.assertEqual(self.house.far_side.last.header("authorization"), f"Bearer {KEY}")
        self.assertEventsInclude("secret:unseal")

    def test_in_a_restored_database_no_token_is_served_until_it_is_accepted(self) -> None:
        self.broker(self.development)
        token = shown(self.at_development())
        until(lambda: self.house.ask(CHAT, token).status == 200)
        guard.doubt("The database went back in time.")
        until(lambda: self.house.ask(CHAT, token).status == 503)
        with database_owner():
            guard.accept()
        until(lambda: self.house.ask(CHAT, token).status == 200)
