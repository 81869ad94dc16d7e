"""Asked to end, the gateway takes nobody new, lets what runs come to its end, and goes on to hear what is revoked."""

import os
import signal
import socket

from tests.gateway.house import open_house, until
from tests.gateway.proxy.stage import hear
from tests.gateway.scene import GatewayRows
from tests.gateway.state.streaming import Streaming
from tokens.services import Issued, revoke_token


class DrainTests(Streaming, GatewayRows):
    def setUp(self) -> None:
        super().setUp()
        self.house = self.enterContext(open_house())
        self.broker(self.development)
        self.issued = self.at_development()

    def test_a_stream_comes_to_its_end_and_then_the_process_does(self) -> None:
        with self.streaming(self.issued) as client:
            self.ask_to_end()
            self.stream.go.release()
            self.assertIn(b"data: 1", hear(client, b"data: 1\n\n\r\n"))
            self.stream.ended.set()
            self.stream.go.release()
            self.assertIn(b"data: [DONE]", hear(client, b"\r\n0\r\n\r\n"))
        until(lambda: not self.house.child.alive)
        self.assertEqual(self.house.child.exit_code, 0)

    def test_what_is_revoked_meanwhile_is_cut(self) -> None:
        with self.streaming(self.issued) as client:
            self.ask_to_end()
            self.revoke(self.issued)
            self.assert_ended(client, "token_revoked")
        until(lambda: not self.house.child.alive)

    def revoke(self, issued: Issued) -> None:
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="lost")

    def ask_to_end(self) -> None:
        os.kill(self.house.child.pid, signal.SIGTERM)
        until(self.takes_nobody)

    def takes_nobody(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.house.port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        return False
