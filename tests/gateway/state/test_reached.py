"""The whole gateway over real HTTP: rows in, requests through, revocations cut."""

from typing import Any

from keyvault.installation import guard
from keyvault.owner import database_owner
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from orgs.models import Organization
from tests.gateway.house import until
from tests.gateway.scene import KEY, GatewayTestCase
from tests.tokens.scene import shown
from tokens.services import pause_token, resume_token, revoke_token

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

    def test_what_is_paused_or_revoked_is_refused_and_a_rotated_key_is_sent(self) -> None:
        secret, issued = self.broker(self.development), self.at_development()
        token = shown(issued)
        until(lambda: self.house.ask(CHAT, token).status == 200)
        rotate_secret(actor=self.actor(self.olivia), secret=secret, value=Value.text(KEY[::-1]))
        until(lambda: self.key_sent(token) == f"Bearer {KEY[::-1]}")
        pause_token(actor=self.actor(self.olivia), token=issued.token)
        until(lambda: self.house.ask(CHAT, token).status == 401)
        resume_token(actor=self.actor(self.olivia), token=issued.token)
        until(lambda: self.house.ask(CHAT, token).status == 200)
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="lost")
        until(lambda: self.house.ask(CHAT, token).status == 401)

    def test_a_teams_token_stands_for_no_key_of_production_once_the_policy_forbids_it(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(team_tokens_in_production=True)
        self.acme.refresh_from_db()
        self.production.org = self.acme
        self.broker(self.production)
        scope: dict[str, Any] = {"environment": self.production, "networks": ["127.0.0.0/8"], "origins": []}
        token = shown(self.of_team(actor=self.actor(self.olivia, stepped_up=True), **scope))
        until(lambda: self.house.ask(CHAT, token).status == 400)  # its limits want a body: it was let in, and bound
        Organization.objects.filter(pk=self.acme.pk).update(team_tokens_in_production=False)
        until(lambda: self.house.ask(CHAT, token).status == 404)

    def key_sent(self, token: str) -> str:
        self.house.ask(CHAT, token)
        return str(self.house.far_side.last.header("authorization"))

    def test_in_a_restored_database_no_token_is_served_until_it_is_accepted(self) -> None:
        self.broker(self.development)
        token = shown(self.at_development())
        until(lambda: self.house.ask(CHAT, token).status == 200)
        guard.doubt("The database went back in time.")
        until(lambda: self.house.ask(CHAT, token).status == 503)
        with database_owner():
            guard.accept()
        until(lambda: self.house.ask(CHAT, token).status == 200)
