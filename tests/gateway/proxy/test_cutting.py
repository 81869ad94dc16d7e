"""What is taken away is taken from streams that are under way, and nobody takes the rest for the whole."""

import socket
import threading
import time
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from gateway.proxy.limits import Limits
from keyvault.ids import uuid7
from tests.gateway.proxy.far_side import Seen, raw
from tests.gateway.proxy.stage import CHAT, PROVIDERS, StageCase, hear, listen, request
from tests.gateway.proxy.test_streaming import EVENTS, Events, chunk, unchunked


class CutTests(StageCase):
    options = {"limits": Limits(tick=0.05)}

    def setUp(self) -> None:
        super().setUp()
        self.events = self.far_side.answer = Events()
        self.token = self.stage.issue()
        self.client = self.enterContext(self.stage.open())

    def _begin(self, path: str = CHAT) -> None:
        self.client.sendall(request(self.token, path, body=b"{}"))
        self.events.go.release()
        self.heard = hear(self.client, b"data: 0\n\n\r\n")
        self.assertIn(b"data: 0", self.heard)

    def _assert_cut(self, code: str) -> None:
        self.heard += hear(self.client, b"\r\n0\r\n\r\n")
        body, _ = unchunked(self.heard)
        self.assertIn(b"event: error\ndata: ", body)
        self.assertIn(code.encode(), body)
        self.assertNotIn(b"[DONE]", body)
        self.events.go.release()  # whoever writes to a connection that was ended notices
        self.events.go.release()
        self.assertNoStream()

    def test_a_revoked_token_ends_its_streams_with_an_error_event(self) -> None:
        self._begin()
        self.stage.revoke(self.token)
        self._assert_cut("token_revoked")
        self.assertEqual(self.stage.ask(CHAT, self.token).status, 401)

    def test_half_an_event_is_not_told(self) -> None:
        """An SDK would take what follows for its end, and fail at that instead of at the refusal."""
        going_on = threading.Event()

        def half(seen: Seen, connection: socket.socket) -> None:
            connection.sendall(EVENTS + chunk(b"data: 0\n\n") + chunk(b'data: {"half": "an ev'))
            going_on.wait(10)

        self.addCleanup(going_on.set)
        self.far_side.answer = half
        self.client.sendall(request(self.token, body=b"{}"))
        self.heard = hear(self.client, b"data: 0\n\n\r\n")
        self.stage.revoke(self.token)
        self.heard += hear(self.client, b"\r\n0\r\n\r\n")
        body, _ = unchunked(self.heard)
        self.assertTrue(body.startswith(b"data: 0\n\nevent: error\ndata: "), body)

    def test_each_narrowing_cuts(self) -> None:
        narrowings: dict[str, dict[str, Any]] = {
            "token_paused": {"state": "paused"},
            "token_expired": {"expires_at": 1.0},
            "token_owner_gone": {"owner_active": False},
            "network": {"networks": (ip_network("203.0.113.0/24"),)},
            "organization_network": {"org_networks": (ip_network("203.0.113.0/24"),)},
            "endpoint": {"paths": ("/v1/embeddings",)},
            "unbound": {"bindings": {}},
        }
        for code, settings in narrowings.items():
            with self.subTest(code):
                self.setUp()
                self._begin()
                self.stage.change(self.token, **settings)
                self._assert_cut(code)

    def test_a_rotated_secret_and_an_edited_provider_cut(self) -> None:
        def with_binding(**settings: Any) -> dict[str, Any]:
            old = self.stage.tokens.known[self.token].bindings["openai"]
            return {"bindings": {"openai": replace(old, **settings)}}

        changes: tuple[dict[str, Any], ...] = (
            {"version_id": uuid7()},
            {"provider": replace(PROVIDERS["openai"], echoes=True)},
        )
        for settings in changes:
            with self.subTest(settings):
                self.setUp()
                self._begin()
                self.stage.change(self.token, **with_binding(**settings))
                self._assert_cut("binding_changed")

    def test_a_change_that_narrows_nothing_cuts_nothing(self) -> None:
        self._begin()
        self.stage.change(self.token, name="renamed")
        self.events.go.release()
        self.assertIn(b"data: 1", hear(self.client, b"data: 1\n\n\r\n"))
        self.stage.revoke(self.token)
        self._assert_cut("token_revoked")

    def test_a_stream_ends_when_its_token_does(self) -> None:
        self.stage.change(self.token, expires_at=time.time() + 0.6)
        self._begin()
        time.sleep(0.6)
        self._assert_cut("token_expired")

    def test_streams_end_when_nothing_is_known_any_more(self) -> None:
        self._begin()
        self.stage.tokens.is_fresh = False
        self._assert_cut("state_unknown")
        self.assertEqual(self.stage.ask(CHAT, self.token).status, 503)

    def test_an_answer_of_another_kind_breaks(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        for framing in (b"Content-Length: 10\r\n\r\n{1", b"Transfer-Encoding: chunked\r\n\r\n" + chunk(b"{1")):
            with self.subTest(framing), self.stage.open() as client:
                self.token = self.stage.issue()
                self.far_side.answer = raw(head + framing)
                client.sendall(request(self.token, body=b"{}"))
                heard = hear(client, b"{1")
                self.stage.revoke(self.token)
                heard += listen(client, 0.3)
                self.assertIn(b"{1", heard)
                self.assertNotIn(b"token_revoked", heard)
                self.assertFalse(heard.endswith(b"0\r\n\r\n"))

    def test_before_the_answer_a_cut_is_a_refusal(self) -> None:
        self.far_side.answer = lambda seen, connection: time.sleep(1)
        self.client.sendall(request(self.token, body=b"{}"))
        while not self.far_side.seen:
            time.sleep(0.01)
        self.stage.revoke(self.token)
        heard = hear(self.client, b"token_revoked")
        self.assertTrue(heard.startswith(b"HTTP/1.1 401"), heard)
        self.assertIn(b"token_revoked", heard)

    def test_anthropic_streams_end_in_its_own_shape(self) -> None:
        self.token = self.stage.issue("anthropic")
        self._begin("/anthropic/v1/messages")
        self.stage.revoke(self.token)
        self._assert_cut('{"type":"error","error":{"type":"authentication_error"')

    def test_a_client_that_does_not_read_is_cut_too(self) -> None:
        self.far_side.answer = lambda seen, connection: connection.sendall(EVENTS + chunk(b"x" * 10_000_000))
        self.client.sendall(request(self.token, body=b"{}"))
        time.sleep(0.5)
        self.assertEqual(len(self.stage.gateway.streams), 1)
        self.stage.revoke(self.token)
        self.assertNoStream()

    def test_a_hundred_streams_are_cut_at_once(self) -> None:
        clients = [self.enterContext(self.stage.open()) for _ in range(100)]
        self.far_side.answer = raw(EVENTS + chunk(b"data: 0\n\n"))
        for client in clients:
            client.sendall(request(self.token, body=b"{}"))
        for client in clients:
            self.assertIn(b"data: 0", hear(client, b"data: 0\n\n\r\n"))
        self.stage.revoke(self.token)
        for client in clients:
            self.assertIn(b"token_revoked", hear(client, b"token_revoked"))


class BetweenTwoTicksTests(StageCase):
    options = {"limits": Limits(tick=60)}

    def test_no_piece_passes_once_nothing_is_known(self) -> None:
        events = self.far_side.answer = Events()
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), body=b"{}"))
            events.go.release()
            hear(client, b"data: 0")
            self.stage.tokens.is_fresh = False
            events.go.release()
            heard = hear(client, b"state_unknown")
        self.assertNotIn(b"data: 1", heard)
        self.assertIn(b"state_unknown", heard)
