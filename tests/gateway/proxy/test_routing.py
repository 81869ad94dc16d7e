"""Which provider is asked for what: by path, by host, and never by a path with two readings."""

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.paths import BadPath, normalise, permits
from tests.gateway.proxy.stage import CHAT, StageCase, request


class ByPathTests(StageCase):
    def test_an_unbound_provider_says_what_to_bind(self) -> None:
        heard = self.stage.ask("/anthropic/v1/messages", self.stage.issue())
        self.assertEqual(heard.status, 404)
        self.assertEqual(heard.json["type"], "error")  # in the shape of its SDK
        self.assertIn("An admin can bind a secret", heard.json["error"]["message"])

    def test_no_provider_says_which_there_are(self) -> None:
        heard = self.stage.ask("/v1/chat/completions", self.stage.issue("openai", "stripe"))
        self.assertEqual((heard.status, heard.code), (404, "no_provider"))
        self.assertIn("/openai/, /stripe/", heard.json["error"]["message"])

    def test_only_the_presets_paths_are_open(self) -> None:
        token = self.stage.issue("fenced")
        asked = {
            "/v1/chat/completions": 200, "/v1/models/a": 200, "/v1/models/a:b": 200, "/v1/models": 403,
            "/v1/models/secret": 403, "/v1/models/secret/x": 403, "/v1/MODELS/Secret": 403, "/v1/models/s%65cret": 403,
            "/v1/chat/completions-admin": 403, "/v1/organization/keys": 403, "/": 403,
        }  # fmt: skip
        for path, status in asked.items():
            with self.subTest(path):
                self.assertEqual(self.stage.ask(f"/fenced{path}", token).status, status)

    def test_a_tokens_own_list_narrows(self) -> None:
        for paths in (("/v1/embeddings",), ("openai/v1/embeddings",)):
            token = self.stage.issue(paths=paths)
            self.assertEqual(self.stage.ask("/openai/v1/embeddings", token).status, 200)
            self.assertEqual(self.stage.ask(CHAT, token).code, "endpoint")

    def test_odd_paths_are_refused_before_anything_is_opened(self) -> None:
        token = self.stage.issue()
        for path in (
            "/openai/../x", "/openai/./x", "/openai/v1/..", "/openai/%2e%2e/x", "/openai/%2E./x",
            "/openai/a%2fb",
            "/openai/a%5Cb", "/openai/a\\b", "/openai//x", "//openai/x", "/openai/..;/x", "/openai/a%00b",
            "/openai/a%0d%0ab", "/openai/%252e%252e/x", "/openai/%25252fx",
            "/openai/a%zz", "/openai/a%2", "/openai/a%7f",
            "/openai/v1/x%0a", "/%6fpenai/%2e%2e",
        ):  # fmt: skip
            with self.subTest(path):
                heard = self.stage.send(request(token, path, "Connection: close"))
                self.assertTrue(heard.startswith(b"HTTP/1.1 400"), heard)
        self.assertEqual(self.far_side.seen, [])

    def test_a_path_arrives_in_one_form(self) -> None:
        self.stage.ask("/openai/v1/%6dodels/a%20b:c@d?x=%2e%2e&y=%2F", self.stage.issue())
        self.assertEqual(self.far_side.last.line, "POST /v1/models/a%20b:c@d?x=%2e%2e&y=%2F HTTP/1.1")


class ByHostTests(StageCase):
    options = {"domain": "gw.example"}

    def test_a_providers_host_takes_its_paths_as_they_are(self) -> None:
        token = self.stage.issue()
        self.assertEqual(self.stage.ask("/v1/models", token, host="openai.gw.example:8001").status, 200)
        self.assertEqual(self.far_side.last.line, "POST /v1/models HTTP/1.1")
        self.assertEqual(self.stage.ask("/v1/x", token, host="anthropic.gw.example").status, 404)

    def test_an_owners_host_takes_only_that_owners_tokens(self) -> None:
        mine, other = self.stage.issue(labels=frozenset({"dana"})), self.stage.issue()
        self.assertEqual(self.stage.ask("/v1/models", mine, host="dana.gw.example").status, 200)
        self.assertEqual(self.far_side.last.line, "POST /v1/models HTTP/1.1")
        heard = self.stage.ask("/v1/models", other, host="dana.gw.example")
        self.assertEqual((heard.status, heard.code), (403, "host_label"))
        self.assertEqual(self.stage.ask("/v1/models", other, host="nobody.gw.example").code, "host_label")

    def test_an_owners_host_with_several_bindings_wants_the_provider_named(self) -> None:
        token = self.stage.issue("openai", "stripe", labels=frozenset({"dana"}))
        self.assertEqual(self.stage.ask("/stripe/v1/charges", token, host="dana.gw.example").status, 200)
        heard = self.stage.ask("/v1/charges", token, host="dana.gw.example")
        self.assertEqual((heard.status, heard.code), (404, "no_provider"))

    def test_any_other_host_is_the_common_one(self) -> None:
        token = self.stage.issue()
        for host in ("gw.example", "127.0.0.1", "evil-gw.example", "[::1]:8001"):
            with self.subTest(host):
                self.assertEqual(self.stage.ask(CHAT, token, host=host).status, 200)


class NormaliseTests(TestCase):
    @given(st.binary(max_size=40))
    def test_what_is_passed_has_one_reading(self, tail: bytes) -> None:
        try:
            path = normalise(b"/" + tail)
        except BadPath:
            return
        self.assertEqual(normalise(path.encode()), path)
        self.assertNotRegex(path.lower(), r"//|\\|%2e|%2f|%5c|%0|%1|%7f|/\.\.|/\.(/|;|$)|[^\x21-\x7e]")

    @given(st.sampled_from(["/v1/models", "/v1/Models/x", "/v1/modelsx", "/v1", "/v1/model", "/v1/models:a"]))
    def test_prefixes_end_at_segments(self, path: str) -> None:
        expected = path.lower().startswith("/v1/models") and path[10:11] in ("", "/", ":")
        self.assertEqual(permits(("/v1/models",), (), path), expected)
