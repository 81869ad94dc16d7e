"""Bounds on tokens, networks and the process; and what a stranger can learn."""

import logging
import socket
import time
from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.proxy.limits import Limits
from keyvault.actor import TokenKind
from tests.gateway.proxy.far_side import Seen, raw, reply
from tests.gateway.proxy.stage import CHAT, KEY, StageCase, hear, request
from tokens.format import mint


def waits(seen: Seen, connection: socket.socket) -> None:
    connection.recv(1)
    raise ConnectionError


class StrangerTests(StageCase):
    options = {"limits": Limits(failures_per_minute=5)}

    def test_there_is_one_answer_for_everything_unknown(self) -> None:
        answers = {
            self.stage.ask(CHAT, token).body
            for token in ("", "sk-real", "kvs_dev_short", mint(TokenKind.SERVICE), mint(TokenKind.TEAM)[:-1] + "0")
        }
        self.assertEqual(len(answers), 1)
        self.assertEqual(self.stage.ask(CHAT).status, 429)

    def test_who_tries_many_is_not_looked_up_any_more(self) -> None:
        token = self.stage.issue()
        for _ in range(5):
            self.assertEqual(self.stage.ask(CHAT, mint(TokenKind.SERVICE)).status, 401)
        heard = self.stage.ask(CHAT, token)
        self.assertEqual((heard.status, heard.code, heard.header("retry-after")), (429, "too_many_failures", "60"))

    def test_an_authentic_token_is_told_what_is_wrong(self) -> None:
        for settings_, status, code in (
            ({"state": "paused"}, 401, "token_paused"),
            ({"state": "revoked"}, 401, "token_revoked"),
            ({"expires_at": 1.0}, 401, "token_expired"),
            ({"networks": (ip_network("203.0.113.0/24"),)}, 403, "network"),
            ({"org_networks": (ip_network("203.0.113.0/24"),)}, 403, "organization_network"),
        ):
            with self.subTest(code):
                heard = self.stage.ask(CHAT, self.stage.issue(**settings_))
                self.assertEqual((heard.status, heard.code), (status, code))
                rule, asked, token = self.stage.notes.refusals[-1]
                self.assertEqual((rule, asked.path), (code.replace("_", "-"), CHAT))
                self.assertIsNotNone(token)


class StreamLimitTests(StageCase):
    options = {"limits": Limits(streams=4, streams_per_token=2)}

    def _under_way(self, token: str) -> None:
        client = self.enterContext(self.stage.open())
        before = len(self.far_side.seen)
        client.sendall(request(token, body=b"{}"))
        while len(self.far_side.seen) == before:
            time.sleep(0.01)

    def test_a_token_and_the_process_have_room_for_so_many(self) -> None:
        self.far_side.answer = waits
        first, second, third = self.stage.issue(), self.stage.issue(), self.stage.issue()
        self._under_way(first)
        self._under_way(first)
        self.assertEqual(self.stage.ask(CHAT, first).code, "streams")
        self._under_way(second)
        self._under_way(second)
        heard = self.stage.ask(CHAT, third)
        self.assertEqual((heard.status, heard.code), (503, "gateway_full"))


class BehindProxiesTests(StageCase):
    options = {"proxies": ["127.0.0.1"]}

    def test_a_trusted_proxy_says_who_asks(self) -> None:
        token = self.stage.issue(networks=(ip_network("203.0.113.0/24"),))
        self.assertEqual(self.stage.ask(CHAT, token, x_forwarded_for="203.0.113.9").status, 200)
        self.assertEqual(self.stage.ask(CHAT, token, x_forwarded_for="203.0.113.9, 198.51.100.1").code, "network")
        self.assertEqual(self.stage.safe.asked[-1][1], "203.0.113.9")


class NoProxyTests(StageCase):
    def test_a_client_does_not_say_who_it_is(self) -> None:
        token = self.stage.issue(networks=(ip_network("203.0.113.0/24"),))
        self.assertEqual(self.stage.ask(CHAT, token, x_forwarded_for="203.0.113.9").code, "network")


class SendingOnceTests(StageCase):
    """A request is billed: it goes out once, but where it cannot have been read."""

    def _asked_twice(self, method: str, **headers: str) -> tuple[int, int]:
        """The status and how often it arrived, where the kept connection ends at the second request."""
        token, used = self.stage.issue(), set[int]()

        def answer(seen: Seen, connection: socket.socket) -> None:
            if seen.connection in used:
                connection.shutdown(socket.SHUT_RDWR)
                raise ConnectionError
            used.add(seen.connection)
            reply()(seen, connection)

        self.far_side.answer = answer
        body = None if method == "GET" else b"{}"
        self.assertEqual(self.stage.ask(CHAT, token, method=method, body=body).status, 200)
        self.far_side.seen.clear()
        heard = self.stage.ask(CHAT, token, method=method, body=body, **headers)
        return heard.status, len(self.far_side.seen)

    def test_only_what_may_be_repeated_is_sent_again(self) -> None:
        self.assertEqual(self._asked_twice("POST"), (502, 1))
        self.assertEqual(self._asked_twice("GET"), (200, 2))
        self.assertEqual(self._asked_twice("POST", idempotency_key="k"), (200, 2))

    def test_failures_of_the_provider_are_not_repeated(self) -> None:
        for status in (429, 500, 503):
            self.far_side.reset()
            self.far_side.answer = reply(b"{}", f"{status} X", {"Retry-After": "7"})
            heard = self.stage.ask(CHAT, self.stage.issue(), method="GET", body=None)
            self.assertEqual((heard.status, heard.header("retry-after")), (status, "7"))
            self.assertEqual(len(self.far_side.seen), 1)


class SilenceTests(StageCase):
    def test_neither_key_nor_token_is_logged(self) -> None:
        token = self.stage.issue()
        bad = self.stage.issue(key="sk bad key value 12345")
        answers = (reply(), reply(KEY.encode(), "500 X"), reply(b"", "401 X"), raw(b"no HTTP", close=True))
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger().debug("begun")
            for answer in answers:
                self.far_side.answer = answer
                self.stage.ask(f"{CHAT}?key={token}")
                self.stage.ask(CHAT, token)
            self.stage.ask(CHAT, bad)
            self.stage.send(request(token, "/openai/\x80"))
        said = "\n".join(logs.output)
        for secret in (token, KEY, KEY[:12], "sk bad key"):
            self.assertNotIn(secret, said)

    def test_nothing_that_holds_a_key_shows_it(self) -> None:
        text = self.stage.issue()
        token = self.stage.tokens.known[text]
        shown = repr(token) + repr(self.stage.safe.credentials)
        self.assertNotIn(KEY, shown)
        self.assertNotIn(text, shown)


@pytest.mark.slow
class FuzzTests(StageCase):
    options = {"limits": Limits(head_seconds=0.3, body_idle=0.3, tick=0.05, failures_per_minute=10**9)}

    def test_no_bytes_bring_the_gateway_down_or_pass_with_two_readings(self) -> None:
        token = self.stage.issue()
        good = request(token, CHAT, "Content-Type: application/json", "X-A: b", body=b'{"a": 1}')
        pieces = st.sampled_from(
            b"\r\n|\n|\r| |\t|\0|:|Content-Length: 3\r\n|Transfer-Encoding: chunked\r\n|%2e%2e/|//|..|\\|"
            b"Connection: upgrade\r\n|Host: x\r\n|0\r\n\r\n|GET / HTTP/1.1\r\n".split(b"|")
        )

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.integers(0, len(good)), st.one_of(pieces, st.binary(max_size=6)), st.integers(0, 3))
        def send(at: int, change: bytes, cut: int) -> None:
            self.far_side.seen.clear()
            with self.stage.open() as client:
                client.sendall(good[:at] + change + good[at + cut :])
                client.shutdown(socket.SHUT_WR)
                hear(client, b"}", 1)
            for seen in self.far_side.seen:
                self._assert_one_reading(seen, token)

        send()
        self.far_side.seen.clear()
        self.assertEqual(self.stage.ask(CHAT, token).status, 200)

    def _assert_one_reading(self, seen: Seen, token: str) -> None:
        names = [name for name, _ in seen.headers]
        self.assertEqual(names.count("host"), 1)
        self.assertEqual(names.count("content-length") + names.count("transfer-encoding"), 1)
        self.assertEqual(seen.header("authorization"), f"Bearer {KEY}")
        self.assertRegex(seen.line, r"^[A-Z]+ /[!-~]* HTTP/1\.1$")
        self.assertNotRegex(seen.line.partition("?")[0].lower(), r"//|\\|%2e|%2f|%5c|/\.\.")
        self.assertNotIn(token.encode(), seen.head)
        self.assertNotIn(b"\n", seen.head.replace(b"\r\n", b""))
