"""WebSockets pass where token and provider have them, and close with 4401 when the token ends."""

import base64
import hashlib
import socket
import time
from unittest import TestCase

from gateway.proxy.websocket import Frames
from tests.gateway.proxy.far_side import Seen, reply
from tests.gateway.proxy.stage import KEY, StageCase, hear, listen, request

NONCE = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {NONCE}", "Sec-WebSocket-Version: 13")
PATH = "/openai/v1/realtime?model=m"
FRAME = b"\x81\x05hello"


def accept(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


def echoing(seen: Seen, connection: socket.socket) -> None:
    """Takes the handshake, greets, and gives back what it gets."""
    head = (
        f"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept(NONCE)}\r\n\r\n"
    )
    connection.sendall(head.encode() + FRAME)
    while data := connection.recv(65536):
        connection.sendall(data)
    raise ConnectionError


class WebSocketTests(StageCase):
    def setUp(self) -> None:
        super().setUp()
        self.far_side.answer = echoing
        self.token = self.stage.issue(websocket=True)

    def _opened(self, client: socket.socket) -> bytes:
        client.sendall(request(self.token, PATH, *UPGRADE, method="GET"))
        return hear(client, FRAME)

    def test_frames_pass_both_ways_as_they_are(self) -> None:
        with self.stage.open() as client:
            heard = self._opened(client)
            self.assertTrue(heard.startswith(b"HTTP/1.1 101"), heard)
            self.assertTrue(heard.endswith(FRAME))
            self.assertIn(accept(NONCE).encode(), heard)
            masked = b"\x82\xfe\x01\x00abcd" + bytes(range(256))
            client.sendall(masked)
            self.assertEqual(hear(client, masked), masked)
        self.assertTrue(self.far_side.gone.wait(2))
        self.assertEqual(self.far_side.last.header("authorization"), f"Bearer {KEY}")
        self.assertNotIn(self.token.encode(), self.far_side.last.head)
        self.assertEqual(self.far_side.last.header("sec-websocket-key"), NONCE)

    def test_a_token_as_a_protocol_stays_here(self) -> None:
        protocols = f"Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{self.token}"
        with self.stage.open() as client:
            lines = request("x", PATH, *UPGRADE, protocols, method="GET").decode().split("\r\n")
            client.sendall("\r\n".join(line for line in lines if "Authorization" not in line).encode())
            self.assertIn(b"101", hear(client, FRAME))
        self.assertEqual(self.far_side.last.header("sec-websocket-protocol"), "realtime")
        self.assertNotIn(self.token.encode(), self.far_side.last.head)

    def test_a_revocation_closes_with_4401(self) -> None:
        with self.stage.open() as client:
            self._opened(client)
            self.stage.revoke(self.token)
            heard = hear(client, b"token-revoked")
            self.assertEqual(heard, b"\x88\x0f" + (4401).to_bytes(2, "big") + b"token-revoked")
            self.assertEqual(listen(client), b"")
        self.assertTrue(self.far_side.gone.wait(2))
        self.assertNoStream()

    def test_in_the_midst_of_a_frame_a_revocation_breaks(self) -> None:
        with self.stage.open() as client:
            self._opened(client)
            client.sendall(b"\x82\x7e\x01\x00half")
            self.assertIn(b"half", hear(client, b"half"))
            self.stage.revoke(self.token)
            self.assertEqual(listen(client), b"")

    def test_no_frame_passes_once_nothing_is_known(self) -> None:
        with self.stage.open() as client:
            self._opened(client)
            self.stage.tokens.is_fresh = False
            client.sendall(b"\x81\x02hi")
            heard = hear(client, b"state-unknown")
            self.assertNotIn(b"hi", heard)
            self.assertIn((4401).to_bytes(2, "big"), heard)

    def test_it_is_opted_into(self) -> None:
        for token, path in (
            (self.stage.issue(), PATH),
            (self.stage.issue("anthropic", websocket=True), "/anthropic/v1/x"),
        ):
            with self.subTest(path):
                heard = self.stage.send(request(token, path, *UPGRADE, method="GET"))
                self.assertTrue(heard.startswith(b"HTTP/1.1 403"), heard)
        self.assertEqual(self.far_side.seen, [])

    def test_a_handshake_that_is_none_is_refused(self) -> None:
        for wrong in (UPGRADE[:3], (*UPGRADE[:2], "Sec-WebSocket-Key: x", UPGRADE[3])):
            heard = self.stage.send(request(self.token, PATH, *wrong, method="GET"))
            self.assertTrue(heard.startswith(b"HTTP/1.1 400"), heard)
        body = self.stage.send(request(self.token, PATH, *UPGRADE, method="GET", body=b"{}"))
        self.assertTrue(body.startswith(b"HTTP/1.1 400"), body)
        self.assertEqual(self.far_side.seen, [])

    def test_a_provider_that_declines_is_told_of(self) -> None:
        for status, code in (("401 X", b"upstream_credential_rejected"), ("404 X", b"upstream_broken")):
            self.far_side.answer = reply(b"no", status)
            heard = self.stage.send(request(self.token, PATH, *UPGRADE, method="GET"))
            self.assertTrue(heard.startswith(b"HTTP/1.1 502"), heard)
            self.assertIn(code, heard)

    def test_a_wrong_handshake_of_the_provider_is_refused(self) -> None:
        def wrong(seen: Seen, connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            time.sleep(0.5)

        self.far_side.answer = wrong
        self.assertIn(b"upstream_broken", self.stage.send(request(self.token, PATH, *UPGRADE, method="GET")))


class FramesTests(TestCase):
    def test_boundaries_are_found_however_the_bytes_come(self) -> None:
        sizes = (0, 5, 125, 126, 300, 70_000)
        frames = [_frame(size, masked) for size in sizes for masked in (False, True)]
        for step in (1, 3, 7, 1000):
            tracker = Frames()
            for frame in frames:
                for at in range(0, len(frame), step):
                    tracker.feed(frame[at : at + step])
                    self.assertEqual(tracker.at_boundary, at + step >= len(frame))


def _frame(size: int, masked: bool) -> bytes:
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes([0x81, bit | size])
    elif size < 65536:
        head = bytes([0x81, bit | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x81, bit | 127]) + size.to_bytes(8, "big")
    return head + (b"mask" if masked else b"") + b"x" * size
