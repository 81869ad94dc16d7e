"""A provider of our own: it answers as OpenAI and Anthropic do, and remembers which key arrived."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

# On a loopback address of its own: the embedded default lets the gateway reach this one, and no other inside.
HOST = "127.86.75.1"

_USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
_CHAT = {
    "id": "c1", "object": "chat.completion", "created": 1, "model": "demo-1", "usage": _USAGE,
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Good morning."}}],
}  # fmt: skip
_MESSAGE = {
    "id": "m1", "type": "message", "role": "assistant", "model": "demo-1", "stop_reason": "end_turn",
    "stop_sequence": None, "content": [{"type": "text", "text": "Good morning."}],
    "usage": {"input_tokens": 12, "output_tokens": 3},
}  # fmt: skip
_WORDS = ("Good ", "morning, ", "and ", "on ", "it ", "goes ")
_PIECES = 600  # of a stream that is long enough to be cut
_PAUSE = 0.05  # seconds between pieces


class Arrived:
    """What the last request brought in the places where keys stand."""

    headers: ClassVar[dict[str, str]] = {}

    @classmethod
    def key(cls) -> str:
        return cls.headers.get("x-api-key") or cls.headers.get("authorization", "").removeprefix("Bearer ")


@contextmanager
def provider() -> Iterator[str]:
    """Its base address."""
    server = ThreadingHTTPServer((HOST, 0), _Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        Arrived.headers = {name.lower(): value for name, value in self.headers.items()}
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked.get("stream"):
            self._stream(short=asked.get("max_tokens") is not None)
        else:
            self._answer(_MESSAGE if self.path.endswith("/messages") else _CHAT)

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, *, short: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for number in range(len(_WORDS) if short else _PIECES):
                self._event(json.dumps(_chunk(_WORDS[number % len(_WORDS)])))
                time.sleep(_PAUSE)
            self._event("[DONE]")
        except OSError:
            pass  # the gateway has left, as it does when a stream is cut

    def _event(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def _chunk(word: str) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": word}}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "demo-1", "choices": [choice]}
