"""Further official SDKs, unmodified: Google's, Groq's and Stripe's, each told its base address in its own way."""

from typing import Any

import groq
import pytest
import stripe
from google import genai
from google.genai import errors, types

from tests.gateway.proxy.far_side import raw, reply
from tests.gateway.proxy.stage import KEY, StageCase
from tests.gateway.sdk.test_sdks import ASKED, CHAT_ANSWER, CHUNK, EVENTS, chunk

pytestmark = pytest.mark.slow

GENERATED = (
    b'{"candidates":[{"content":{"role":"model","parts":[{"text":"%b"}]},"finishReason":"STOP"}],'
    b'"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}'
)
CUSTOMER = b'{"id":"cus_1","object":"customer","email":"a@b.example","metadata":{}}'


class SdkCase(StageCase):
    provider: str

    def setUp(self) -> None:
        super().setUp()
        self.token = self.stage.issue(self.provider)
        self.base = f"http://127.0.0.1:{self.stage.port}/{self.provider}"

    def assertKeyIn(self, header: str, key: str = KEY) -> None:
        self.assertEqual(self.far_side.last.header(header), key)
        self.assertNotIn(self.token.encode(), self.far_side.last.head)


class GoogleTests(SdkCase):
    provider = "gemini"

    def client(self, token: str = "") -> genai.Client:
        """Kept, because it closes its connections with the last reference to it."""
        options = types.HttpOptions(base_url=self.base)
        self.kept = genai.Client(api_key=token or self.token, http_options=options)
        return self.kept

    def test_an_answer(self) -> None:
        self.far_side.answer = reply(GENERATED % b"hello")
        answer = self.client().models.generate_content(model="m", contents="hi")
        self.assertEqual(answer.text, "hello")
        self.assertKeyIn("x-goog-api-key")

    def test_a_stream(self) -> None:
        words = [chunk(b"data: " + GENERATED % word + b"\r\n\r\n") for word in (b"a", b"b", b"c")]
        self.far_side.answer = raw(EVENTS + b"".join(words) + b"0\r\n\r\n")
        stream = self.client().models.generate_content_stream(model="m", contents="hi")
        self.assertEqual([part.text for part in stream], ["a", "b", "c"])

    def test_an_error_of_the_provider_passes(self) -> None:
        problem = b'{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}'
        self.far_side.answer = reply(problem, status="429 Too Many Requests")
        with self.assertRaises(errors.ClientError) as refused:
            self.client().models.generate_content(model="m", contents="hi")
        self.assertEqual((refused.exception.code, refused.exception.status), (429, "RESOURCE_EXHAUSTED"))

    def test_an_unknown_token_is_the_sdks_own_error(self) -> None:
        with self.assertRaises(errors.ClientError) as refused:
            self.client("kvs_dev_nothing").models.generate_content(model="m", contents="hi")
        self.assertEqual(refused.exception.code, 401)


class GroqTests(SdkCase):
    provider = "groq"

    def client(self, token: str = "") -> groq.Groq:
        return groq.Groq(api_key=token or self.token, base_url=self.base, max_retries=0)

    def test_a_completion(self) -> None:
        self.far_side.answer = reply(CHAT_ANSWER)
        answer = self.client().chat.completions.create(model="m", messages=ASKED)
        self.assertEqual(answer.choices[0].message.content, "hello")
        self.assertKeyIn("authorization", f"Bearer {KEY}")

    def test_a_stream(self) -> None:
        words = [chunk(CHUNK % word) for word in (b"a", b"b", b"c")]
        self.far_side.answer = raw(EVENTS + b"".join(words) + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        stream: Any = self.client().chat.completions.create(model="m", messages=ASKED, stream=True)
        self.assertEqual([event.choices[0].delta.content for event in stream], ["a", "b", "c"])

    def test_an_unknown_token_is_the_sdks_own_error(self) -> None:
        with self.assertRaises(groq.AuthenticationError):
            self.client("kvs_dev_nothing").models.list()


class StripeTests(SdkCase):
    provider = "stripe"

    def client(self, token: str = "") -> stripe.StripeClient:
        return stripe.StripeClient(token or self.token, base_addresses={"api": self.base}, max_network_retries=0)

    def test_a_customer_is_made_and_found(self) -> None:
        self.far_side.answer = reply(CUSTOMER)
        made = self.client().v1.customers.create({"email": "a@b.example"})
        self.assertEqual(made.id, "cus_1")
        self.assertIn(b"email=a%40b.example", self.far_side.last.body)
        self.assertKeyIn("authorization", f"Bearer {KEY}")
        self.assertEqual(self.client().v1.customers.retrieve("cus_1").email, "a@b.example")

    def test_an_error_of_the_provider_passes(self) -> None:
        problem = b'{"error":{"type":"card_error","code":"card_declined","message":"Your card was declined."}}'
        self.far_side.answer = reply(problem, status="402 Payment Required")
        with self.assertRaises(stripe.CardError) as refused:
            self.client().v1.customers.create({"email": "a@b.example"})
        self.assertEqual(refused.exception.code, "card_declined")

    def test_an_unknown_token_is_the_sdks_own_error(self) -> None:
        with self.assertRaises(stripe.AuthenticationError):
            self.client("kvs_dev_nothing").v1.customers.list()
