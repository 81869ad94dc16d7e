"""The official SDKs, unmodified: a base address and a token in the key's place is all that they are told."""

import socket
import time
from typing import Any

import anthropic
import openai
import pytest

from tests.gateway.proxy.far_side import Seen, raw, reply
from tests.gateway.proxy.stage import KEY, StageCase

pytestmark = pytest.mark.slow

CHAT_ANSWER = (
    b'{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",'
    b'"message":{"role":"assistant","content":"hello"}}],'
    b'"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
)
MESSAGE = (
    b'{"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hello"}],'
    b'"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}'
)
CHUNK = (
    b'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n'
)
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
ASKED: Any = [{"role": "user", "content": "hi"}]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class OpenAITests(StageCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = self.stage.issue()
        self.client = openai.OpenAI(
            api_key=self.token, base_url=f"http://127.0.0.1:{self.stage.port}/openai/v1", max_retries=0
        )

    def test_a_completion(self) -> None:
        self.far_side.answer = reply(CHAT_ANSWER)
        answer = self.client.chat.completions.create(model="m", messages=ASKED)
        self.assertEqual(answer.choices[0].message.content, "hello")
        self.assertEqual(self.far_side.last.header("authorization"), f"Bearer {KEY}")
        self.assertNotIn(self.token.encode(), self.far_side.last.head)

    def test_a_stream(self) -> None:
        body = b"".join(chunk(CHUNK % word) for word in (b"a", b"b", b"c")) + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
        self.far_side.answer = raw(EVENTS + body)
        stream = self.client.chat.completions.create(model="m", messages=ASKED, stream=True)
        self.assertEqual([event.choices[0].delta.content for event in stream], ["a", "b", "c"])

    def test_a_revocation_in_mid_stream_is_an_error(self) -> None:
        def endless(seen: Seen, connection: socket.socket) -> None:
            connection.sendall(EVENTS)
            while True:
                connection.sendall(chunk(CHUNK % b"a"))
                time.sleep(0.05)

        self.far_side.answer = endless
        seen = 0
        with self.assertRaises(openai.APIError) as refused:
            for _ in self.client.chat.completions.create(model="m", messages=ASKED, stream=True):
                seen += 1
                if seen == 3:
                    self.stage.revoke(self.token)
        self.assertIn("revoked", str(refused.exception))

    def test_an_upload(self) -> None:
        self.far_side.answer = reply(
            b'{"id":"f","object":"file","bytes":9,"created_at":1,"filename":"a","purpose":"batch"}'
        )
        self.client.files.create(file=("a.jsonl", b"x" * 2_000_000), purpose="batch")
        self.assertIn(b"x" * 2_000_000, self.far_side.last.body)
        self.assertTrue((self.far_side.last.header("content-type") or "").startswith("multipart/form-data"))

    def test_refusals_are_the_sdks_own_errors(self) -> None:
        self.stage.change(self.token, state="paused")
        with self.assertRaises(openai.AuthenticationError) as paused:
            self.client.models.list()
        self.assertEqual(paused.exception.code, "token_paused")
        self.stage.change(self.token, state="active", paths=("/v1/embeddings",))
        with self.assertRaises(openai.PermissionDeniedError):
            self.client.models.list()


class AnthropicTests(StageCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = self.stage.issue("anthropic")
        self.base = f"http://127.0.0.1:{self.stage.port}/anthropic"

    def test_a_message_in_either_slot(self) -> None:
        self.far_side.answer = reply(MESSAGE)
        for credential in ({"api_key": self.token}, {"auth_token": self.token}):
            with self.subTest(*credential):
                settings: Any = credential
                client = anthropic.Anthropic(base_url=self.base, max_retries=0, **settings)
                answer = client.messages.create(model="m", max_tokens=5, messages=ASKED)
                self.assertEqual(answer.content[0].text, "hello")  # type: ignore[union-attr]
                head = self.far_side.last
                self.assertIn(KEY, f"{head.header('x-api-key')} {head.header('authorization')}")
                self.assertNotIn(self.token.encode(), head.head)
                self.assertIsNotNone(head.header("anthropic-version"))

    def test_a_revocation_in_mid_stream_is_an_error(self) -> None:
        def endless(seen: Seen, connection: socket.socket) -> None:
            connection.sendall(EVENTS)
            start = b'{"type":"message_start","message":%b}' % MESSAGE
            connection.sendall(chunk(b"event: message_start\ndata: " + start + b"\n\n"))
            while True:
                connection.sendall(chunk(b'event: ping\ndata: {"type":"ping"}\n\n'))
                time.sleep(0.05)

        self.far_side.answer = endless
        client = anthropic.Anthropic(base_url=self.base, api_key=self.token, max_retries=0)
        with self.assertRaises(anthropic.APIStatusError) as refused:
            for _ in client.messages.create(model="m", max_tokens=5, messages=ASKED, stream=True):
                if self.token in self.stage.tokens.known:
                    self.stage.revoke(self.token)
        self.assertIn("revoked", str(refused.exception))

    def test_an_unknown_token_is_the_sdks_own_error(self) -> None:
        client = anthropic.Anthropic(base_url=self.base, api_key="kvs_dev_nothing", max_retries=0)
        with self.assertRaises(anthropic.AuthenticationError):
            client.messages.create(model="m", max_tokens=5, messages=ASKED)
