"""A stream that runs through the gateway, for tests of what ends it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import TestCase

from tests.gateway.house import House, until
from tests.gateway.proxy.stage import hear, request
from tests.gateway.proxy.test_streaming import Events, unchunked
from tests.gateway.state.test_reached import CHAT
from tests.tokens.scene import shown
from tokens.services import Issued


class Streaming(TestCase):
    """To be mixed in with :class:`tests.gateway.scene.GatewayTestCase`."""

    house: House
    stream: Events
    heard: bytes

    @contextmanager
    def streaming(self, issued: Issued, path: str = CHAT) -> Iterator[socket.socket]:
        until(lambda: self.house.ask(path, shown(issued)).status == 200)
        self.stream = self.house.far_side.answer = Events()
        with self.open() as client:
            client.sendall(request(shown(issued), path, body=b"{}"))
            self.stream.go.release()
            self.heard = hear(client, b"data: 0\n\n\r\n")
            self.assertIn(b"data: 0", self.heard)
            yield client
        self.stream.ended.set()
        self.stream.go.release()

    def assert_ended(self, client: socket.socket, code: str) -> None:
        body, _ = unchunked(self.heard + hear(client, b"\r\n0\r\n\r\n", 10))
        self.assertIn(b"event: error\ndata: ", body)
        self.assertIn(code.encode(), body)
        self.assertNotIn(b"[DONE]", body)

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.house.port), timeout=10)
