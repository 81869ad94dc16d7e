"""Claude Code, as it comes: an address and a token in its environment, and it works through the gateway."""

import json
import os
import subprocess
from tempfile import mkdtemp
from typing import Any
from unittest import SkipTest

import pytest

from tests.gateway.proxy.far_side import Seen, raw
from tests.gateway.proxy.stage import KEY, StageCase
from tests.gateway.sdk.test_sdks import EVENTS, MESSAGE, chunk
from tests.node import installed

pytestmark = pytest.mark.slow

PACKAGE = "@anthropic-ai/claude-code@2.1.197"
WORDS = "hello from far away"
ANSWER: list[dict[str, Any]] = [
    {"type": "message_start", "message": json.loads(MESSAGE) | {"content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": WORDS}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
    {"type": "message_stop"},
]


def event(said: dict[str, Any]) -> bytes:
    return chunk(f"event: {said['type']}\ndata: {json.dumps(said)}\n\n".encode())


class ClaudeCodeTests(StageCase):
    def test_it_asks_and_is_answered(self) -> None:
        self.far_side.answer = raw(EVENTS + b"".join(map(event, ANSWER)) + b"0\r\n\r\n")
        token = self.stage.issue("anthropic")
        said = self.claude(token)
        self.assertIn(WORDS, said)
        asked = [seen for seen in self.far_side.seen if is_message(seen)]
        self.assertTrue(asked)
        for seen in self.far_side.seen:
            self.assertIn(KEY, f"{seen.header('authorization')} {seen.header('x-api-key')}")
            self.assertNotIn(token.encode(), seen.head + seen.body)

    def claude(self, token: str) -> str:
        folder, home = installed(PACKAGE), mkdtemp(prefix="keyvault-claude-")
        package = folder / "node_modules" / "@anthropic-ai" / "claude-code"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.stage.port}/anthropic",
            "ANTHROPIC_AUTH_TOKEN": token,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        made = subprocess.run(["node", "install.cjs"], cwd=package, env=environment, check=False, timeout=120)
        if made.returncode:
            raise SkipTest("Claude Code does not install here")
        command = [str(folder / "node_modules" / ".bin" / "claude"), "-p", "Say hello."]
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout + done.stderr


def is_message(seen: Seen) -> bool:
    return seen.head.startswith(b"POST /v1/messages")
