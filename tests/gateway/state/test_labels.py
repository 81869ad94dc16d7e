"""A host of the gateway's domain takes the tokens of whom it was given to, by the Host header of a real request."""

from typing import ClassVar

from gateway.services.labels import give_host_label, take_host_label
from tests.gateway.house import until
from tests.gateway.proxy.stage import Heard
from tests.gateway.scene import GatewayTestCase
from tests.tokens.scene import shown

CHAT = "/v1/chat/completions"


class HostLabelTests(GatewayTestCase):
    variables: ClassVar[dict[str, str]] = {"KEYVAULT_GATEWAY_DOMAIN": "gw.example"}

    def at(self, label: str, token: str, path: str = CHAT) -> Heard:
        return self.house.ask(path, token, host=f"{label}.gw.example:8001")

    def test_an_identitys_host_takes_its_tokens_and_no_others(self) -> None:
        self.broker(self.development)
        mine = shown(self.at_development())
        other = shown(self.at_development("Another", owner=self.identity("other")))
        given = give_host_label(actor=self.actor(self.adam), to=self.identity(), label="deploys")
        until(lambda: self.at("deploys", mine).status == 200)
        self.assertEqual(self.house.far_side.last.line, f"POST {CHAT} HTTP/1.1")
        until(lambda: self.house.ask(f"/openai{CHAT}", other).status == 200)
        self.assertEqual((self.at("deploys", other).status, self.at("deploys", other).code), (403, "host_label"))
        self.assertEqual(self.at("nobody", mine).code, "host_label")
        take_host_label(actor=self.actor(self.adam), label=given)
        until(lambda: self.at("deploys", mine).status == 403)

    def test_an_environments_host_takes_the_environments_tokens(self) -> None:
        self.broker(self.development)
        self.broker(self.staging)
        mine, other = shown(self.at_development()), shown(self.at_development("Staging", environment=self.staging))
        give_host_label(actor=self.actor(self.adam), to=self.development, label="shop-dev")
        until(lambda: self.at("shop-dev", mine).status == 200)
        until(lambda: self.house.ask(f"/openai{CHAT}", other).status == 200)
        self.assertEqual(self.at("shop-dev", other).code, "host_label")

    def test_with_several_bindings_the_path_names_the_provider(self) -> None:
        self.broker(self.development)
        self.broker(self.development, provider="anthropic")
        token = shown(self.at_development())
        give_host_label(actor=self.actor(self.adam), to=self.identity(), label="deploys")
        until(lambda: self.at("deploys", token, "/anthropic/v1/messages").status == 200)
        self.assertEqual(self.house.far_side.last.line, "POST /v1/messages HTTP/1.1")
        heard = self.at("deploys", token)
        self.assertEqual((heard.status, heard.code), (404, "no_provider"))
        self.assertIn("/anthropic/, /openai/", heard.json["error"]["message"])

    def test_a_providers_host_stays_the_providers(self) -> None:
        self.broker(self.development)
        token = shown(self.at_development())
        until(lambda: self.at("openai", token).status == 200)
