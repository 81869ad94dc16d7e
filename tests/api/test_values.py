"""Reading values through the API: the answer, its headers, the event, and what is refused."""

from tests.api.scene import DEVELOPMENT, KEY, PRODUCTION, ApiTestCase

STRIPE = f"{DEVELOPMENT}/values/api-keys/stripe"


class ValueTests(ApiTestCase):
    def test_a_service_token_reads_a_value_and_gets_a_receipt(self) -> None:
        response = self.get("ci", STRIPE)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            response.json(),
            {
                "name": "api-keys/stripe",
                "type": "text",
                "value": KEY,
                "version": 1,
                "environment": "development",
                "project": "shop",
            },
        )
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(response["KeyVault-Audit"], str(event.receipt))
        self.assertEqual(response["X-Request-Id"], str(event.request_id))
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertEqual(response["Content-Type"], "application/json")

    def test_another_environment_is_refused_by_rule(self) -> None:
        self.assertRefused(self.get("ci", f"{PRODUCTION}/values/API"), 403, "token-is-for-another-environment")
        self.assertEvents("secret:reveal:denied")
