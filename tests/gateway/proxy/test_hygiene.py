"""What is between two hops, what says who asks, and what is the provider's account does not pass."""

import json

from tests.gateway.proxy.far_side import reply
from tests.gateway.proxy.stage import CHAT, KEY, StageCase, request

DROPPED = (
    "Connection: keep-alive, X-Named", "X-Named: 1", "Keep-Alive: timeout=5", "Proxy-Authorization: Basic eDp5",
    "Proxy-Connection: keep-alive", "TE: trailers", "Trailer: X-Later", "Upgrade: h2c", "Cookie: session=1",
    "Forwarded: for=1.2.3.4", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: a", "X-Forwarded-Proto: https",
    "X-Real-IP: 1.2.3.4", "True-Client-IP: 1.2.3.4", "CF-Connecting-IP: 1.2.3.4", "Via: 1.1 a",
    "Referer: http://a/b", "Sec-Fetch-Site: none", "X-KV-Anything: 1", "X-Vault-Token: t",
    "X-HTTP-Method-Override: PUT",
    "X-Original-URL: /admin", "X-Rewrite-URL: /admin", "HTTP2-Settings: x", "DNT: 1",
)  # fmt: skip
KEPT = (
    "Anthropic-Version: 2023-06-01",
    "OpenAI-Organization: org-1",
    "Idempotency-Key: k",
    "User-Agent: sdk/1",
    "Accept: */*",
)


class RequestHeaderTests(StageCase):
    def test_only_what_is_the_providers_reaches_it(self) -> None:
        lines = [line for line in DROPPED if not line.startswith("Upgrade")]
        self.stage.send(request(self.stage.issue(), CHAT, *lines, *KEPT, "Content-Type: application/json", body=b"{}"))
        expected = {line.partition(":")[0].lower() for line in KEPT} | {
            "host", "authorization", "content-type", "content-length", "accept-encoding",
        }  # fmt: skip
        self.assertEqual(self.far_side.last.names(), expected)
        self.assertEqual(self.far_side.last.header("host"), f"127.0.0.1:{self.far_side.port}")

    def test_an_upgrade_that_is_not_taken_does_not_pass(self) -> None:
        self.stage.send(request(self.stage.issue(), CHAT, "Connection: upgrade", "Upgrade: h2c", method="GET"))
        names = self.far_side.last.names() if self.far_side.seen else set()
        self.assertFalse(names & {"upgrade", "connection"})

    def test_answers_are_asked_for_as_they_are(self) -> None:
        self.stage.ask(CHAT, self.stage.issue(), accept_encoding="gzip, br")
        self.assertEqual(self.far_side.last.header("accept-encoding"), "identity")

    def test_a_trailer_says_nothing(self) -> None:
        trailer = b"2\r\n{}\r\n0\r\nX-Admin: 1\r\nAuthorization: Bearer x\r\n\r\n"
        self.stage.send(request(self.stage.issue(), CHAT, "Transfer-Encoding: chunked") + trailer)
        self.assertEqual(self.far_side.last.body, b"{}")
        self.assertNotIn("x-admin", self.far_side.last.names())
        self.assertEqual(self.far_side.last.header("authorization"), f"Bearer {KEY}")


class AnswerHeaderTests(StageCase):
    def test_only_what_is_the_clients_reaches_it(self) -> None:
        self.far_side.answer = reply(
            headers={
                "Set-Cookie": "a=1", "Server": "x", "Alt-Svc": "h3", "Strict-Transport-Security": "max-age=1",
                "OpenAI-Organization": "acme", "Anthropic-Organization-Id": "acme", "Cache-Control": "public",
                "Connection": "keep-alive, x-named", "X-Named": "1", "Keep-Alive": "timeout=5", "Via": "1.1 x",
                "Access-Control-Allow-Origin": "*", "Proxy-Authenticate": "Basic", "X-KV-Request-Id": "theirs",
                "X-Ratelimit-Remaining": "7", "Retry-After": "3", "X-Request-Id": "r",
            }
        )  # fmt: skip
        heard = self.stage.ask(CHAT, self.stage.issue())
        names = [name for name, _ in heard.headers if name != "date"]
        self.assertEqual(
            sorted(names),
            ["cache-control", "content-length", "content-type", "retry-after", "x-kv-request-id",
             "x-ratelimit-remaining", "x-request-id"],
        )  # fmt: skip
        self.assertEqual(heard.header("cache-control"), "no-store")
        self.assertNotEqual(heard.header("x-kv-request-id"), "theirs")

    def test_upstream_trailers_are_dropped(self) -> None:
        from tests.gateway.proxy.far_side import raw

        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Later: 1\r\n\r\n"
        self.far_side.answer = raw(chunked)
        heard = self.stage.send(request(self.stage.issue(), body=b"{}"))
        self.assertNotIn(b"x-later", heard.lower())
        self.assertTrue(heard.endswith(b"2\r\nok\r\n0\r\n\r\n"))


class KeyStaysHereTests(StageCase):
    """The key does not come back in anything that the provider says of a failure, nor in any header."""

    def _assert_clean(self, text: bytes) -> None:
        for at in range(len(KEY) - 11):
            self.assertNotIn(KEY[at : at + 12].encode(), text)

    def test_an_error_body_is_cleaned(self) -> None:
        said = {
            "whole": f'{{"error": "bad key {KEY}."}}',
            "a part": f'{{"error": "key {KEY[:20]}***, {KEY[-14:]}"}}',
            "twice": f"{KEY} {KEY}",
            "long": "x" * 70_000 + KEY + "y" * 70_000,
        }
        for name, text in said.items():
            with self.subTest(name):
                self.far_side.answer = reply(text.encode(), "400 Bad Request")
                heard = self.stage.ask(CHAT, self.stage.issue())
                self.assertEqual(heard.status, 400)
                self._assert_clean(heard.body)
                self.assertIn(b"***", heard.body)

    def test_an_error_body_in_pieces_is_cleaned(self) -> None:
        import time

        for size in (1, 5, 11, 12, 13, 30):
            with self.subTest(size):
                text = f'{{"e": "{KEY}"}}'.encode()
                pieces = [text[at : at + size] for at in range(0, len(text), size)]

                def answer(seen: object, connection: object, pieces: list[bytes] = pieces) -> None:
                    connection.sendall(b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n")  # type: ignore[attr-defined]
                    for piece in pieces:
                        connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))  # type: ignore[attr-defined]
                        time.sleep(0.002)
                    connection.sendall(b"0\r\n\r\n")  # type: ignore[attr-defined]

                self.far_side.answer = answer
                heard = self.stage.ask(CHAT, self.stage.issue())
                self._assert_clean(heard.body)
                self.assertTrue(heard.body.startswith(b'{"e": "') and heard.body.endswith(b'"}'), heard.body)

    def test_headers_are_cleaned(self) -> None:
        for value in (KEY, f"Bearer {KEY}", KEY[3:20]):
            self.far_side.answer = reply(headers={"X-Echo": value, "X-Other": "kept"})
            heard = self.stage.ask(CHAT, self.stage.issue())
            self._assert_clean(str(heard.headers).encode())
            self.assertEqual(heard.header("x-other"), "kept")

    def test_other_forms_of_the_key_are_cleaned(self) -> None:
        import base64

        token = self.stage.issue("twilio", fields={"sid": "AC0123456789"})
        encoded = base64.b64encode(f"AC0123456789:{KEY}".encode()).decode()
        self.far_side.answer = reply(f"Authorization: Basic {encoded}".encode(), "400 Bad Request")
        heard = self.stage.ask("/twilio/2010/x", token)
        self.assertEqual(heard.body, b"Authorization: Basic ***")

    def test_a_provider_that_echoes_is_cleaned_in_good_answers_too(self) -> None:
        self.far_side.answer = reply(json.dumps({"headers": {"Authorization": f"Bearer {KEY}"}, "ok": 1}).encode())
        heard = self.stage.ask("/mirror/headers", self.stage.issue("mirror"))
        self.assertEqual(heard.json, {"headers": {"Authorization": "Bearer ***"}, "ok": 1})

    def test_a_compressed_failure_is_not_passed_on(self) -> None:
        self.far_side.answer = reply(b"\x1f\x8b", "400 Bad Request", {"Content-Encoding": "gzip"})
        heard = self.stage.ask(CHAT, self.stage.issue())
        self.assertEqual((heard.status, heard.code), (502, "upstream_encoding"))

    def test_a_rejected_key_gets_our_own_answer_and_an_alarm(self) -> None:
        for status in ("401 Unauthorized", "403 Forbidden"):
            with self.subTest(status):
                self.far_side.answer = reply(f"Incorrect API key: {KEY[:8]}***{KEY[-4:]}".encode(), status)
                heard = self.stage.ask(CHAT, self.stage.issue())
                self.assertEqual((heard.status, heard.code), (502, "upstream_credential_rejected"))
                self.assertEqual(heard.header("x-should-retry"), "false")
                self.assertNotIn(b"Incorrect", heard.body)
                self.assertEqual(self.stage.notes.rejected[-1], ("openai", int(status[:3])))


class RedirectTests(StageCase):
    def _redirected(self, location: str, path: str = CHAT) -> tuple[int, str | None]:
        self.far_side.answer = reply(b"", "302 Found", {"Location": location})
        heard = self.stage.ask(path, self.stage.issue())
        self.assertEqual(len(self.far_side.seen), 1)
        self.far_side.seen.clear()
        return heard.status, heard.header("location")

    def test_none_is_followed_and_none_leads_elsewhere(self) -> None:
        here = f"127.0.0.1:{self.far_side.port}"
        for elsewhere in (
            "https://evil.example/x", "//evil.example/x", f"https://{here}/v1/x", f"http://{here}@evil.example/",
            f"http://{here}:1/", "http://[::1]/", "javascript:alert(1)", "/v1/%2e%2e/x", "\\\\evil.example",
            "/\\evil.example",
        ):  # fmt: skip
            with self.subTest(elsewhere):
                self.assertEqual(self._redirected(elsewhere), (502, None))

    def test_one_to_the_same_provider_leads_back_here(self) -> None:
        here = f"http://127.0.0.1:{self.far_side.port}"
        self.assertEqual(self._redirected(f"{here}/v1/other?a=1"), (302, "/openai/v1/other?a=1"))
        self.assertEqual(self._redirected("/v1/other"), (302, "/openai/v1/other"))
        self.assertEqual(self._redirected("next", "/openai/v1/a/b"), (302, "/openai/v1/a/next"))

    def test_a_key_in_the_address_stays_here(self) -> None:
        self.far_side.answer = reply(b"", "302 Found", {"Location": f"/v1/photo?access_token={KEY}&w=1"})
        heard = self.stage.ask("/mapbox/v1/x", self.stage.issue("mapbox"))
        self.assertEqual(heard.header("location"), "/mapbox/v1/photo?w=1")
