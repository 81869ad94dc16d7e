"""The official SDKs for Node, unmodified: two variables of the environment are all that they are told."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.proxy.far_side import raw, reply
from tests.gateway.proxy.stage import KEY, StageCase
from tests.gateway.sdk.test_sdks import CHAT_ANSWER, CHUNK, EVENTS, MESSAGE, chunk
from tests.node import installed

pytestmark = pytest.mark.slow

PACKAGES = ("openai@6.45.0", "@anthropic-ai/sdk@1.14.0")  # the last that Node 20 runs
DELTA = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"text_delta","text":"%b"}}\n\n'
)


class NodeCase(StageCase):
    sdk: str

    def setUp(self) -> None:
        super().setUp()
        self.folder = installed(*PACKAGES)
        shutil.copy(Path(__file__).with_name("calls.mjs"), self.folder)
        self.token = self.stage.issue(self.sdk)

    def call(self, call: str, **variables: str) -> dict[str, Any]:
        environment = {"PATH": os.environ["PATH"], **variables}
        command = ["node", "calls.mjs", self.sdk, call]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def base(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.stage.port}/{self.sdk}{path}"


class OpenAITests(NodeCase):
    sdk = "openai"

    def run_call(self, call: str) -> dict[str, Any]:
        return self.call(call, OPENAI_BASE_URL=self.base("/v1"), OPENAI_API_KEY=self.token)

    def test_an_answer_and_a_stream(self) -> None:
        self.far_side.answer = reply(CHAT_ANSWER)
        self.assertEqual(self.run_call("answer"), {"said": "hello"})
        self.assertEqual(self.far_side.last.header("authorization"), f"Bearer {KEY}")
        self.assertNotIn(self.token.encode(), self.far_side.last.head)
        words = [chunk(CHUNK % word) for word in (b"a", b"b", b"c")]
        self.far_side.answer = raw(EVENTS + b"".join(words) + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        self.assertEqual(self.run_call("stream"), {"said": "abc"})

    def test_a_refusal_is_the_sdks_own_error(self) -> None:
        self.stage.change(self.token, state="paused")
        said = self.run_call("answer")
        self.assertEqual((said["error"], said["status"]), ("AuthenticationError", 401))


class AnthropicTests(NodeCase):
    sdk = "anthropic"

    def run_call(self, call: str, **instead: str) -> dict[str, Any]:
        variables = instead or {"ANTHROPIC_API_KEY": self.token}
        return self.call(call, ANTHROPIC_BASE_URL=self.base(), **variables)

    def test_an_answer_and_a_stream_in_either_slot(self) -> None:
        self.far_side.answer = reply(MESSAGE)
        for variable in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
            self.assertEqual(self.run_call("answer", **{variable: self.token}), {"said": "hello"})
            self.assertNotIn(self.token.encode(), self.far_side.last.head)
        start = b'event: message_start\ndata: {"type":"message_start","message":%b}\n\n' % MESSAGE
        stop = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
        events = [start, *(DELTA % word for word in (b"a", b"b", b"c")), stop]
        self.far_side.answer = raw(EVENTS + b"".join(map(chunk, events)) + b"0\r\n\r\n")
        self.assertEqual(self.run_call("stream"), {"said": "abc"})

    def test_a_refusal_is_the_sdks_own_error(self) -> None:
        self.stage.revoke(self.token)
        said = self.run_call("answer")
        self.assertEqual((said["error"], said["status"]), ("AuthenticationError", 401))
