"""A request made with a token arrives with the real key, and with nothing of the token."""

import base64
import json

from tests.gateway.proxy.far_side import reply
from tests.gateway.proxy.stage import CHAT, KEY, StageCase, request


class SwapTests(StageCase):
    def test_the_real_key_arrives_in_place_of_the_token(self) -> None:
        token = self.stage.issue()
        self.far_side.answer = reply(b'{"id": 1}')
        heard = self.stage.ask(CHAT, token, body=json.dumps({"model": "m"}))
        self.assertEqual((heard.status, heard.json), (200, {"id": 1}))
        seen = self.far_side.last
        self.assertEqual(seen.line, "POST /v1/chat/completions HTTP/1.1")
        self.assertEqual(seen.header("authorization"), f"Bearer {KEY}")
        self.assertEqual(seen.body, b'{"model": "m"}')
        self.assertNotIn(token.encode(), seen.head + seen.body)

    def test_a_token_is_found_in_every_slot_that_an_sdk_uses(self) -> None:
        token = self.stage.issue()
        pair = base64.b64encode(f"{token}:".encode()).decode()
        reverse = base64.b64encode(f"user:{token}".encode()).decode()
        slots = {
            "authorization": (
                f"Bearer {token}",
                f"bearer {token}",
                f"Token {token}",
                token,
                f"Basic {pair}",
                f"Basic {reverse}",
            ),
            "x_api_key": (token,),
            "api_key": (token,),
            "x_goog_api_key": (token,),
            "xi_api_key": (token,),
            "dd_api_key": (token,),
        }
        for name, values in slots.items():
            for value in values:
                with self.subTest(name, value=value[:8]):
                    self.assertEqual(self.stage.ask(CHAT, **{name: value}).status, 200)
                    self.assertEqual(self.far_side.last.header("authorization"), f"Bearer {KEY}")
                    self.assertNotIn(token.encode(), self.far_side.last.head)
        for name in ("key", "api_key", "access_token", "%6bey"):
            with self.subTest(query=name):
                self.assertEqual(self.stage.ask(f"{CHAT}?a=1&{name}={token}&b=2").status, 200)
                self.assertEqual(self.far_side.last.line, "POST /v1/chat/completions?a=1&b=2 HTTP/1.1")

    def test_every_other_slot_is_emptied(self) -> None:
        token = self.stage.issue()
        self.stage.ask(f"{CHAT}?key=dummy", token, x_api_key="dummy", api_key="dummy", x_goog_api_key="dummy")
        self.assertNotIn("dummy", self.far_side.last.head.decode())

    def test_a_token_in_any_other_header_or_parameter_stays_here(self) -> None:
        token = self.stage.issue()
        self.stage.ask(f"{CHAT}?note={token}&a=1", token, x_note=f"it is {token}")
        self.assertNotIn(token.encode(), self.far_side.last.head)
        self.assertIn("?a=1 ", self.far_side.last.line)

    def test_two_different_tokens_are_refused(self) -> None:
        heard = self.stage.ask(CHAT, self.stage.issue(), x_api_key=self.stage.issue())
        self.assertEqual((heard.status, heard.code), (400, "two_tokens"))
        self.assertEqual(self.far_side.seen, [])

    def test_the_slot_of_the_client_is_kept_where_the_provider_takes_it(self) -> None:
        token = self.stage.issue("anthropic")
        self.stage.ask("/anthropic/v1/messages", x_api_key=token)
        self.assertEqual(self.far_side.last.header("x-api-key"), KEY)
        self.assertIsNone(self.far_side.last.header("authorization"))
        self.stage.ask("/anthropic/v1/messages", token)
        self.assertEqual(self.far_side.last.header("authorization"), f"Bearer {KEY}")
        self.assertIsNone(self.far_side.last.header("x-api-key"))

    def test_each_style_carries_the_key(self) -> None:
        fields = {"sid": "AC123", "application_key": "application-0123456789"}
        expected = {
            "deepgram": ("authorization", f"Token {KEY}"),
            "linear": ("authorization", KEY),
            "twilio": ("authorization", "Basic " + base64.b64encode(f"AC123:{KEY}".encode()).decode()),
            "datadog": ("dd-api-key", KEY),
        }
        for slug, (name, value) in expected.items():
            with self.subTest(slug):
                token = self.stage.issue(slug, fields=fields)
                self.assertEqual(self.stage.ask(f"/{slug}/v1/x", token).status, 200)
                self.assertEqual(self.far_side.last.header(name), value)
        self.assertEqual(self.far_side.last.header("dd-application-key"), fields["application_key"])
        self.stage.ask("/mapbox/v1/x?a=1", self.stage.issue("mapbox"))
        self.assertEqual(self.far_side.last.line, f"POST /v1/x?a=1&access_token={KEY} HTTP/1.1")
        token = self.stage.issue("stripe")
        self.stage.ask("/stripe/v1/x", authorization="Basic " + base64.b64encode(f"{token}:".encode()).decode())
        self.assertEqual(
            self.far_side.last.header("authorization"), "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
        )

    def test_a_stored_value_that_could_end_a_header_is_not_sent(self) -> None:
        token = self.stage.issue(key="sk-a\r\nx-evil: 1")
        heard = self.stage.ask(CHAT, token)
        self.assertEqual((heard.status, heard.code), (502, "key_unusable"))
        self.assertEqual(self.far_side.seen, [])

    def test_no_key_is_unsealed_for_a_refused_request(self) -> None:
        self.stage.safe.asked.clear()
        self.stage.ask("/openai/%2e%2e/x", self.stage.issue())
        self.assertEqual(self.stage.safe.asked, [])

    def test_without_a_key_there_is_no_request(self) -> None:
        self.stage.safe.locked = True
        heard = self.stage.ask(CHAT, self.stage.issue())
        self.assertEqual((heard.status, heard.code, heard.header("retry-after")), (503, "key_unavailable", "5"))
        self.assertEqual(self.far_side.seen, [])

    def test_a_connection_serves_many_requests(self) -> None:
        token = self.stage.issue()
        both = self.stage.send(request(token, body=b"{}") + request(token, body=b"[]"))
        self.assertEqual(both.count(b"HTTP/1.1 200"), 2)
        self.assertEqual([seen.body for seen in self.far_side.seen], [b"{}", b"[]"])
        self.assertEqual(len({seen.connection for seen in self.far_side.seen}), 1)
