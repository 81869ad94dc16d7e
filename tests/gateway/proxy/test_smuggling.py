"""A message with two readings ends its connection, whichever side sent it (RFC 9112 §11.2)."""

import time

from gateway.proxy.limits import Limits
from tests.gateway.proxy.far_side import raw, reply
from tests.gateway.proxy.stage import CHAT, StageCase, listen, request

OK = b"HTTP/1.1 200 OK\r\n"


class FromTheClientTests(StageCase):
    def _assert_refused(self, data: bytes, status: int = 400) -> None:
        heard = self.stage.send(data)
        self.assertTrue(heard.startswith(b"HTTP/1.1 %d" % status), heard)
        self.assertEqual(heard.count(b"HTTP/1.1 "), 1)
        self.assertIn(b"connection: close", heard)
        self.assertEqual(self.far_side.seen, [])

    def test_ambiguous_framing_is_refused(self) -> None:
        token = self.stage.issue()
        framings = {
            "length and encoding": ("Content-Length: 5", "Transfer-Encoding: chunked"),
            "encoding and length": ("Transfer-Encoding: chunked", "Content-Length: 5"),
            "two lengths": ("Content-Length: 5", "Content-Length: 6"),
            "two equal lengths": ("Content-Length: 5", "Content-Length: 5"),
            "a list of lengths": ("Content-Length: 5, 5",),
            "a signed length": ("Content-Length: +5",),
            "a hex length": ("Content-Length: 0x5",),
            "an empty length": ("Content-Length: ",),
            "another encoding": ("Transfer-Encoding: gzip",),
            "an encoding and chunked": ("Transfer-Encoding: gzip, chunked",),
            "a misspelt encoding": ("Transfer-Encoding: xchunked",),
            "a padded encoding": ("Transfer-Encoding: \x0bchunked",),
            "two encodings": ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
            "chunked twice": ("Transfer-Encoding: chunked, chunked",),
            "an upper-case encoding": ("Transfer-Encoding: CHUNKED",),
            "a folded header": ("X-A: a\r\n b",),
            "a folded encoding": ("Transfer-Encoding:\r\n chunked",),
            "a bare line feed": ("X-A: a\nTransfer-Encoding: chunked",),
            "a bare carriage return": ("X-A: a\rTransfer-Encoding: chunked",),
            "a NUL": ("X-A: a\x00b",),
            "a space before the colon": ("Transfer-Encoding : chunked",),
            "a header without a name": (": a",),
            "a header without a colon": ("X-A",),
            "two hosts": ("Host: other",),
        }
        for name, lines in framings.items():
            with self.subTest(name):
                self._assert_refused(request(token, CHAT, *lines) + b"0\r\n\r\n")

    def test_ambiguous_request_lines_are_refused(self) -> None:
        rest = b"Host: gw\r\nAuthorization: Bearer x\r\n\r\n"
        for line in (
            b"GET http://evil.example/openai/v1/x HTTP/1.1\r\n", b"GET /openai HTTP/2.0\r\n",
            b"GET /openai HTTP/0.9\r\n",
            b"GET /op enai HTTP/1.1\r\n", b"GET /\x80 HTTP/1.1\r\n", b"GET /openai\r\n",
            b"GET openai HTTP/1.1\r\n", b"LIST /x HTTP/1.1\r\n", b"OPTIONS * HTTP/1.1\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00",
        ):  # fmt: skip
            with self.subTest(line):
                self._assert_refused(line + rest)
        for line in (b"CONNECT evil.example:443 HTTP/1.1\r\n", b"TRACE /openai HTTP/1.1\r\n"):
            with self.subTest(line):
                self._assert_refused(line + rest, 405)

    def test_a_request_without_a_host_is_refused(self) -> None:
        self._assert_refused(b"GET /openai/v1/x HTTP/1.1\r\n\r\n")

    def test_bad_chunks_end_the_connection_on_both_sides(self) -> None:
        for bad in (b"0x2\r\n{}\r\n", b"2\n{}\r\n", b"2\r\n{}x\r\n", b"-1\r\n", b"zz\r\n", b"2 \r\n{}\r\n"):
            with self.subTest(bad):
                self.far_side.reset()
                heard = self.stage.send(
                    request(self.stage.issue(), CHAT, "Transfer-Encoding: chunked") + b"1\r\na\r\n" + bad + b"0\r\n\r\n"
                )
                self.assertNotIn(b"200 OK", heard)
                self.assertEqual(self.far_side.seen, [])

    def test_a_smuggled_request_is_read_as_a_body_or_not_at_all(self) -> None:
        inner = b"GET /openai/v1/admin HTTP/1.1\r\nHost: gw\r\n\r\n"
        self.stage.send(request(self.stage.issue(), body=inner))
        self.assertEqual([seen.body for seen in self.far_side.seen], [inner])

    def test_what_follows_a_closing_request_is_not_answered(self) -> None:
        token = self.stage.issue()
        heard = self.stage.send(request(token, CHAT, "Connection: close", body=b"{}") + request(token, body=b"{}"))
        self.assertLessEqual(heard.count(b"HTTP/1.1 "), 1)


class FromTheProviderTests(StageCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = self.stage.issue()

    def test_a_malformed_answer_is_none(self) -> None:
        answers = {
            "length and encoding": OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nokx",
            "a list of lengths": OK + b"Content-Length: 2, 2\r\n\r\nok",
            "a signed length": OK + b"Content-Length: -2\r\n\r\nok",
            "another encoding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "chunked is not last": OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "encoding in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "a folded header": OK + b"X-A: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
            "a bare line feed": OK + b"X-A: a\nContent-Length: 2\r\n\r\nok",
            "a NUL": OK + b"X-A: a\0\r\nContent-Length: 2\r\n\r\nok",
            "a space before the colon": OK + b"Content-Length : 2\r\n\r\nok",
            "no status": b"HTTP/1.1 OK\r\n\r\n",
            "an odd status": b"HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok",
            "an unasked upgrade": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "no answer": b"SSH-2.0-x\r\n",
            "endless interim answers": b"HTTP/1.1 103 X\r\n\r\n" * 20 + OK + b"Content-Length: 2\r\n\r\nok",
            "too many headers": OK + b"X-A: a\r\n" * 200 + b"Content-Length: 2\r\n\r\nok",
            "a head too long": OK + b"X-A: " + b"a" * 70_000 + b"\r\nContent-Length: 2\r\n\r\nok",
        }
        for name, answer in answers.items():
            with self.subTest(name):
                self.far_side.reset()
                self.far_side.answer = raw(answer)
                heard = self.stage.ask(CHAT, self.token)
                self.assertEqual((heard.status, heard.code), (502, "upstream_broken"))
                self.assertTrue(self.far_side.gone.wait(2))

    def test_a_head_that_never_ends_is_given_up(self) -> None:
        self.far_side.answer = raw(OK + b"X-A: " + b"a" * 1_000_000)
        self.assertEqual(self.stage.ask(CHAT, self.token).code, "upstream_broken")

    def test_endless_extensions_and_trailers_are_given_up(self) -> None:
        for endless in (b"2;" + b"a" * 500_000, b"2\r\nok\r\n0\r\n" + b"X-A: a\r\n" * 100_000):
            with self.subTest(endless[:10]):
                self.far_side.answer = raw(OK + b"Transfer-Encoding: chunked\r\n\r\n" + endless)
                heard = self.stage.send(request(self.token, body=b"{}"))
                self.assertFalse(heard.endswith(b"0\r\n\r\n"))
                self.assertNoStream()

    def test_bytes_after_an_answer_reach_nobody(self) -> None:
        poison = OK + b"Content-Length: 6\r\n\r\npoison"
        for after in (poison, poison[:5], b"\r\n", b"x"):
            for delay in (0.0, 0.05):
                with self.subTest(after, delay=delay):

                    def answer(seen: object, connection: object, after: bytes = after, delay: float = delay) -> None:
                        first = OK + b"Content-Length: 2\r\n\r\nok"
                        connection.sendall(first if delay else first + after)  # type: ignore[attr-defined]
                        if delay:
                            time.sleep(delay)
                            connection.sendall(after)  # type: ignore[attr-defined]

                    self.far_side.reset()
                    self.far_side.answer = answer
                    self.assertEqual(self.stage.ask(CHAT, self.token).body, b"ok")
                    time.sleep(delay * 2)
                    self.far_side.answer = reply(b"mine")
                    self.assertEqual(self.stage.ask(CHAT, self.token).body, b"mine")

    def test_a_body_after_an_answer_to_head_reaches_nobody(self) -> None:
        self.far_side.answer = raw(OK + b"Content-Length: 6\r\n\r\npoison")
        self.assertEqual(self.stage.ask(CHAT, self.token, method="HEAD", body=None).body, b"")
        self.far_side.answer = reply(b"mine")
        self.assertEqual(self.stage.ask(CHAT, self.token).body, b"mine")


class SlowAndLargeClientTests(StageCase):
    options = {"limits": Limits(head_seconds=0.5, body_idle=0.5, tick=0.05)}

    def _assert_dropped(self, data: bytes, drip: bytes, status: bytes = b"") -> None:
        with self.stage.open() as client:
            client.sendall(data)
            heard, until = b"", time.monotonic() + 3
            while time.monotonic() < until:
                try:
                    client.sendall(drip)
                    heard += listen(client, 0.1)
                except OSError:
                    break
        self.assertLess(time.monotonic(), until)
        self.assertTrue(heard.startswith(status))
        self.assertEqual(self.far_side.seen, [])

    def test_a_head_that_drips_is_not_waited_for(self) -> None:
        self._assert_dropped(b"GET /openai/v1/x HTTP/1.1\r\nHost: gw\r\n", b"X-A: a\r\n")

    def test_a_connection_that_says_nothing_is_not_waited_for(self) -> None:
        with self.stage.open() as client:
            client.settimeout(3)
            self.assertEqual(client.recv(1), b"")

    def test_a_second_head_that_drips_is_not_waited_for_either(self) -> None:
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), body=b"{}"))
            self.assertIn(b"200 OK", listen(client, 0.2))
            client.sendall(b"\r\nGET")
            client.settimeout(3)
            self.assertEqual(client.recv(1), b"")

    def test_a_body_that_stops_is_not_waited_for(self) -> None:
        before = self.far_side.connections
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), CHAT, "Content-Length: 100") + b"x")
            heard = listen(client, 3)
        self.assertTrue(heard.startswith(b"HTTP/1.1 408"), heard)
        self.assertEqual(self.far_side.connections, before)

    def test_a_body_that_drips_is_not_waited_for(self) -> None:
        self._assert_dropped(request(self.stage.issue(), CHAT, "Content-Length: 100"), b"x", b"HTTP/1.1 408")

    def test_a_head_that_is_too_large_is_refused(self) -> None:
        token = self.stage.issue()
        floods = {
            "many headers": (431, request(token, CHAT, *[f"X-{number}: a" for number in range(200)])),
            "a long header": (431, request(token, CHAT, "X-A: " + "a" * 70_000)),
            "a header that never ends": (431, request(token, CHAT, "X-A: ")[:-4] + b"a" * 200_000),
            "a long target": (414, request(token, f"{CHAT}?{'a' * 9000}")),
        }
        for name, (status, data) in floods.items():
            with self.subTest(name):
                self.assertTrue(self.stage.send(data).startswith(b"HTTP/1.1 %d" % status))
        self.assertEqual(self.far_side.seen, [])

    def test_a_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not(self) -> None:
        token = self.stage.issue("small")
        told = self.stage.send(request(token, "/small/x", body=b"x" * 3000))
        untold = self.stage.send(
            request(token, "/small/x", "Transfer-Encoding: chunked") + b"bb8\r\n" + b"x" * 3000 + b"\r\n0\r\n\r\n"
        )
        for heard in (told, untold):
            self.assertTrue(heard.startswith(b"HTTP/1.1 413"), heard)
        self.assertEqual(self.far_side.seen, [])


class SlowProviderTests(StageCase):
    options = {"limits": Limits(first_byte=0.4, idle=0.4, tick=0.05)}

    def test_an_answer_that_does_not_come_is_not_waited_for(self) -> None:
        self.far_side.answer = lambda seen, connection: time.sleep(2)
        heard = self.stage.ask(CHAT, self.stage.issue())
        self.assertEqual((heard.status, heard.code), (504, "upstream_timeout"))

    def test_a_stream_that_falls_silent_is_cut(self) -> None:
        self.far_side.answer = raw(
            OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"
        )
        self.assertIn(b"stream_idle", self.stage.ask(CHAT, self.stage.issue()).body)
