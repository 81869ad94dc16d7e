"""A request through the whole gateway to an upstream that an organization named itself."""

from typing import Any

from django.test import override_settings

from gateway.models import Upstream
from gateway.services.upstreams import add_upstream, change_upstream
from keyvault.secrets.models import SecretKind
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.gateway.house import until
from tests.gateway.proxy.far_side import reply
from tests.gateway.scene import KEY, GatewayTestCase
from tests.tokens.scene import shown


@override_settings(KEYVAULT_EGRESS_ALLOW=["gateway@127.0.0.1=127.0.0.0/8"])
class OwnUpstreamTests(GatewayTestCase):
    def bound(self, *slots: str, value: Value | None = None, **facts: Any) -> Upstream:
        made = add_upstream(
            actor=self.actor(self.adam), org=self.acme, slug="llm", title="Our model", slots=slots,
            base=f"{self.house.upstream}/api", **facts,
        )  # fmt: skip
        create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="LLM", value=value or Value.text(KEY),
            kind=SecretKind.BROKERED, provider="llm",
        )  # fmt: skip
        return made

    def test_the_key_goes_where_the_upstream_takes_it(self) -> None:
        self.bound(
            "header:x-own-key", "query:apiKey", also={"x-app": "app"}, value=Value.fields({"key": KEY, "app": "a1"})
        )
        token = shown(self.at_development())
        until(lambda: self.house.ask("/llm/v1/x", token).status == 200)
        self.house.ask("/llm/v1/x", token, x_own_key="mine", x_app="mine")
        seen = self.house.far_side.last
        self.assertEqual(seen.line, "POST /api/v1/x HTTP/1.1")
        self.assertEqual([value for name, value in seen.headers if name == "x-own-key"], [KEY])
        self.assertEqual([value for name, value in seen.headers if name == "x-app"], ["a1"])
        self.assertNotIn("authorization", seen.names())

    def test_a_client_may_put_its_token_there_too(self) -> None:
        self.bound("header:x-own-key", "query:apiKey")
        token = shown(self.at_development())
        until(lambda: self.house.ask("/llm/v1/x", token).status == 200)
        self.assertEqual(self.house.ask("/llm/v1/x", "none", x_own_key=token).status, 200)
        self.assertEqual(self.house.far_side.last.header("x-own-key"), KEY)
        self.assertEqual(self.house.ask(f"/llm/v1/x?a=1&apiKey={token}", "none").status, 200)
        self.assertEqual(self.house.far_side.last.line, f"POST /api/v1/x?a=1&apiKey={KEY} HTTP/1.1")
        self.assertNotIn(token, str(self.house.far_side.seen))

    def test_its_paths_are_the_ones_that_were_said_and_change_at_once(self) -> None:
        made = self.bound("bearer", paths=["/v1/chat"], denied=["/v1/chat/admin"])
        token = shown(self.at_development())
        until(lambda: self.house.ask("/llm/v1/chat", token).status == 200)
        for path in ("/llm/v1/keys", "/llm/v1/chat/admin", "/llm/"):
            self.assertEqual(self.house.ask(path, token).code, "endpoint")
        change_upstream(actor=self.actor(self.adam), upstream=made, paths=["/v1/keys"])
        until(lambda: self.house.ask("/llm/v1/keys", token).status == 200)

    def test_switched_off_nobody_asks_it_until_it_is_on_again(self) -> None:
        made = self.bound("bearer")
        token = shown(self.at_development())
        until(lambda: self.house.ask("/llm/v1/x", token).status == 200)
        change_upstream(actor=self.actor(self.adam), upstream=made, enabled=False)
        until(lambda: self.house.ask("/llm/v1/x", token).status == 404)
        change_upstream(actor=self.actor(self.adam), upstream=made, enabled=True)
        until(lambda: self.house.ask("/llm/v1/x", token).status == 200)

    def test_what_it_echoes_does_not_hold_the_key(self) -> None:
        self.bound("bearer")
        token = shown(self.at_development())
        until(lambda: self.house.ask("/llm/v1/x", token).status == 200)
        self.house.far_side.answer = reply(f'{{"you sent": "Bearer {KEY}"}}'.encode())
        self.assertNotIn(KEY.encode(), self.house.ask("/llm/v1/x", token).body)
