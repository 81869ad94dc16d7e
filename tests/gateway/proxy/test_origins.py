"""Which pages may use a token, and what browsers are told."""

from ipaddress import ip_network
from unittest import TestCase

from gateway.proxy.origins import admits, parse_allowed
from tests.gateway.proxy.stage import CHAT, StageCase

APP = "https://app.example.com"


class AllowedTests(TestCase):
    def _admitted(self, allowed: str) -> set[str]:
        asked = (
            APP, "http://app.example.com", "https://app.example.com:8443", "https://app.example.com:443",
            "https://a.app.example.com", "https://example.com", "https://app.example.com.evil.example",
            "https://evilapp.example.com", "http://localhost:3000", "https://localhost", "http://127.0.0.1:1",
            "http://[::1]:5", "http://localhost.evil.example", "null", "", "file://", "https://APP.example.com",
            "https://app.example.com/", "https://app.example.com@evil.example", "https://app.example.com#", " " + APP,
        )  # fmt: skip
        return {origin for origin in asked if admits([parse_allowed(allowed)], origin)}

    def test_an_exact_origin_is_that_one(self) -> None:
        same = {APP, "https://app.example.com:443", "https://APP.example.com"}
        self.assertEqual(self._admitted(APP), same)
        self.assertEqual(self._admitted("app.example.com"), same)
        self.assertEqual(self._admitted("http://app.example.com"), {"http://app.example.com"})
        self.assertEqual(self._admitted("https://app.example.com:8443"), {"https://app.example.com:8443"})

    def test_a_wildcard_is_what_lies_below(self) -> None:
        below = {APP, "https://app.example.com:443", "https://APP.example.com", "https://a.app.example.com",
                 "https://evilapp.example.com"}  # fmt: skip
        self.assertEqual(self._admitted("*.example.com"), below)
        self.assertEqual(self._admitted("*.app.example.com"), {"https://a.app.example.com"})

    def test_this_machine_is_any_port_and_scheme(self) -> None:
        self.assertEqual(self._admitted("localhost"), {"http://localhost:3000", "https://localhost"})
        self.assertEqual(self._admitted("127.0.0.1"), {"http://127.0.0.1:1"})
        self.assertEqual(self._admitted("[::1]"), {"http://[::1]:5"})

    def test_what_is_no_origin_is_refused(self) -> None:
        for text in (
            "",
            "*",
            "*.com",
            "null",
            "https://a/b",
            "ftp://a.example",
            "https://u@a.example",
            "a b",
            "*.localhost",
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_allowed(text)


class RequestTests(StageCase):
    def test_a_page_on_the_list_reads_the_answer(self) -> None:
        token = self.stage.issue(origins=(parse_allowed(APP),))
        heard = self.stage.ask(CHAT, token, origin=APP)
        self.assertEqual((heard.status, heard.header("access-control-allow-origin")), (200, APP))
        self.assertEqual(heard.header("vary"), "Origin")
        self.assertIsNone(heard.header("access-control-allow-credentials"))
        self.assertNotIn("origin", self.far_side.last.names())

    def test_any_other_page_is_refused_and_told_why(self) -> None:
        token = self.stage.issue(origins=(parse_allowed(APP),))
        for origin in ("https://evil.example", "null", f"{APP}.evil.example"):
            with self.subTest(origin):
                heard = self.stage.ask(CHAT, token, origin=origin)
                self.assertEqual((heard.status, heard.code), (403, "origin"))
        self.assertEqual(self.far_side.seen, [])
        self.assertEqual({rule for rule, _, _ in self.stage.notes.refusals}, {"origin"})

    def test_without_a_page_the_list_wants_something_in_its_place(self) -> None:
        origins = (parse_allowed(APP),)
        heard = self.stage.ask(CHAT, self.stage.issue(origins=origins))
        self.assertEqual((heard.status, heard.code), (403, "origin_missing"))
        self.assertEqual(self.stage.ask(CHAT, self.stage.issue(origins=origins, server_calls=True)).status, 200)
        here = (ip_network("127.0.0.0/8"),)
        self.assertEqual(self.stage.ask(CHAT, self.stage.issue(origins=origins, networks=here)).status, 200)

    def test_a_token_without_a_list_is_for_no_page(self) -> None:
        heard = self.stage.ask(CHAT, self.stage.issue(), origin=APP)
        self.assertIsNone(heard.header("access-control-allow-origin"))

    def test_a_preflight_is_answered_here(self) -> None:
        heard = self.stage.ask(
            CHAT, method="OPTIONS", body=None, origin=APP, access_control_request_method="POST",
            access_control_request_headers="authorization, content-type",
        )  # fmt: skip
        self.assertEqual((heard.status, heard.header("access-control-allow-origin")), (204, APP))
        self.assertEqual(heard.header("access-control-allow-headers"), "authorization, content-type")
        self.assertEqual(self.far_side.seen, [])
        for odd in ({"origin": "null"}, {"origin": APP, "access_control_request_headers": "a\tb"}):
            with self.subTest(odd):
                asked = self.stage.ask(CHAT, method="OPTIONS", body=None, access_control_request_method="GET", **odd)
                self.assertEqual(asked.status, 403)
