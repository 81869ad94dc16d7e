"""Pages of configured origins may call the API with a token; no other page, no other path, never with cookies."""

from typing import Any

from django.test import SimpleTestCase, override_settings

OURS, THEIRS = "https://console.acme.example", "https://evil.example"


@override_settings(ROOT_URLCONF="tests.api.probe", KEYVAULT_CORS_ORIGINS=[OURS])
class CorsTests(SimpleTestCase):
    def preflight(self, origin: str, path: str = "/api/probe/letter") -> Any:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, content-type",
        }
        return self.client.options(path, headers=headers)

    def test_a_preflight_of_a_configured_origin_is_answered_without_a_token(self) -> None:
        response = self.preflight(OURS)
        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assertEqual(response["Access-Control-Allow-Origin"], OURS)
        self.assertIn("PATCH", response["Access-Control-Allow-Methods"])
        self.assertIn("Authorization", response["Access-Control-Allow-Headers"])
        self.assertIn("Origin", response["Vary"])

    def test_the_page_may_read_the_receipt_and_the_request_id(self) -> None:
        response = self.client.get("/api/probe/conflict", headers={"Origin": OURS})
        self.assertEqual(response["Access-Control-Allow-Origin"], OURS)
        for header in ("KeyVault-Audit", "ETag", "Retry-After", "X-Request-Id"):
            self.assertIn(header, response["Access-Control-Expose-Headers"])

    def test_another_origin_gets_no_leave(self) -> None:
        for origin in (THEIRS, "null", OURS + ".evil.example", OURS.upper(), "http://console.acme.example", "*", ""):
            with self.subTest(origin):
                preflight = self.preflight(origin)
                self.assertEqual(preflight.status_code, 405)
                for response in (preflight, self.client.get("/api/probe/conflict", headers={"Origin": origin})):
                    self.assertEqual([h for h in response.headers if h.startswith("Access-Control")], [])
                    self.assertIn("Origin", response["Vary"])

    def test_cookies_are_never_let_in(self) -> None:
        self.assertNotIn("Access-Control-Allow-Credentials", self.preflight(OURS))
        self.assertNotIn(
            "Access-Control-Allow-Credentials", self.client.get("/api/probe/conflict", headers={"Origin": OURS})
        )

    def test_only_the_api_is_opened(self) -> None:
        for path in ("/page", "/apix/probe", "/"):
            self.assertNotIn("Access-Control-Allow-Origin", self.preflight(OURS, path))

    @override_settings(KEYVAULT_CORS_ORIGINS=[])
    def test_no_origin_is_configured_by_default(self) -> None:
        response = self.client.get("/api/probe/conflict", headers={"Origin": OURS})
        self.assertNotIn("Access-Control-Allow-Origin", response)
