"""What the rows say that a token stands for is what the gateway lets it use; and its `.env` is all that SDKs need."""

from functools import partial
from typing import Any
from unittest import mock

import anthropic
import openai
from django.test import override_settings

from gateway.bindings import bound_to
from gateway.snippets import lines_for, written
from tests.gateway.house import until
from tests.gateway.proxy.far_side import reply
from tests.gateway.scene import KEY, GatewayTestCase
from tests.gateway.sdk.test_sdks import ASKED, CHAT_ANSWER, MESSAGE
from tests.tokens.scene import shown
from tokens.services import Issued, narrow_token

CHAT = "/openai/v1/chat/completions"
PROVIDERS = ("anthropic", "groq", "openai", "stripe")


class BindingTests(GatewayTestCase):
    def test_the_gateway_serves_what_the_rows_say_and_nothing_else(self) -> None:
        for provider in ("anthropic", "openai"):
            self.broker(self.development, provider=provider)
        self.broker(self.staging, provider="stripe")
        self.may_read(self.dev, self.development, "open*")
        place: dict[str, Any] = {"project": self.shop, "environment": self.development}
        for issued in (
            self.at_development(),
            self.at_development("By path", prefixes=["anthropic-*"]),
            self.at_development("Lists", verbs=["list"]),
            self.of_service("Anywhere"),
            self.personal(self.dev, **place),
            self.personal(self.olivia, **place),
        ):
            with self.subTest(issued.token.name):
                until(partial(self.is_known, issued))
                self.assertEqual(self.served(issued), [bound.provider.slug for bound in bound_to(issued.token)])

    def is_known(self, issued: Issued) -> bool:
        return self.house.ask("/x", shown(issued)).status != 401

    def test_a_token_that_is_narrowed_is_so_from_then_on(self) -> None:
        self.broker(self.development)
        issued = self.at_development()
        until(lambda: self.house.ask(CHAT, shown(issued)).status == 200)
        narrow_token(actor=self.actor(self.adam), token=issued.token, endpoints=["openai/v1/embeddings"])
        until(lambda: self.house.ask(CHAT, shown(issued)).status == 403)
        self.assertEqual(self.house.ask("/openai/v1/embeddings", shown(issued)).status, 200)

    def served(self, issued: Issued) -> list[str]:
        """A path that no preset opens: refused as such where the provider is bound."""
        codes = {slug: self.house.ask(f"/{slug}/nowhere", shown(issued)).json for slug in PROVIDERS}
        return [slug for slug, body in codes.items() if body["error"].get("code") == "endpoint"]

    def test_unmodified_sdks_need_nothing_but_the_snippet(self) -> None:
        for provider in ("anthropic", "openai"):
            self.broker(self.development, provider=provider)
        issued = self.at_development()
        until(lambda: self.house.ask(CHAT, shown(issued)).status == 200)
        with override_settings(KEYVAULT_GATEWAY_URL=f"http://127.0.0.1:{self.house.port}"):
            text = written(issued.token, lines_for(issued.token), shown(issued))
        variables = dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))
        with mock.patch.dict("os.environ", variables):
            self.house.far_side.answer = reply(CHAT_ANSWER)
            answer = openai.OpenAI(max_retries=0).chat.completions.create(model="m", messages=ASKED)
            self.assertEqual(answer.choices[0].message.content, "hello")
            self.assertEqual(self.house.far_side.last.header("authorization"), f"Bearer {KEY}")
            self.house.far_side.answer = reply(MESSAGE)
            anthropic.Anthropic(max_retries=0).messages.create(model="m", max_tokens=5, messages=ASKED)
            self.assertIn(KEY, str(self.house.far_side.last.headers))
