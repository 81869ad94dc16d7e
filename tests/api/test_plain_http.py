"""Where people use https, the API answers plain HTTP with a refusal, and the log names the token that was seen."""

from typing import Any

from django.test import override_settings

from keyvault.api import throttles
from tests.api.scene import DEVELOPMENT, ApiTestCase

WHOAMI = "/api/v1/whoami"


@override_settings(
    SECURE_SSL_REDIRECT=True, KEYVAULT_URL="https://vault.acme.example", KEYVAULT_TRUSTED_PROXIES=["192.0.2.1"]
)
class PlainHttpTests(ApiTestCase):
    def assertNotTaken(self, answer: Any) -> None:
        self.assertEqual((answer.status_code, answer["Content-Type"]), (403, "application/problem+json"))
        self.assertEqual(answer.json()["rule"], "tls-needed")
        self.assertIn("https://vault.acme.example", answer.json()["remedy"])

    def test_a_token_is_refused_and_its_organization_hears_that_it_was_seen(self) -> None:
        for path in (WHOAMI, f"{DEVELOPMENT}/values/api-keys/stripe"):
            self.assertNotTaken(self.call("olivia", "GET", path))
        [event] = self.assertEvents("token:exposed")
        self.assertEqual((event.org_id, event.actor_type, event.reason), (self.acme.pk, "anonymous", "plain-http"))
        self.assertTrue(event.document["on_token"]["name"])

    def test_what_nobody_issued_gets_the_same_answer_and_no_event(self) -> None:
        self.assertNotTaken(self.call(None, "GET", WHOAMI))
        for junk in ("Bearer junk", "Basic b2xpdmlhOnB3", "Bearer kvs_prd_" + "A" * 36):
            self.assertNotTaken(self.client.get(WHOAMI, headers={"Authorization": junk}))
        self.assertNoEvent()

    def test_through_the_trusted_proxy_that_ended_tls_it_is_answered(self) -> None:
        self.assertEqual(self.through("192.0.2.1").status_code, 200)
        self.assertNotTaken(self.through("198.51.100.7"))

    def through(self, peer: str) -> Any:
        headers = {"X-Forwarded-Proto": "https", "Authorization": f"Bearer {self.tokens['olivia']}"}
        return self.client.get(WHOAMI, REMOTE_ADDR=peer, headers=headers)

    def test_pages_are_redirected_as_ever(self) -> None:
        answer = self.client.get("/sign-in")
        self.assertEqual((answer.status_code, answer["Location"]), (301, "https://testserver/sign-in"))

    @override_settings(KEYVAULT_ANONYMOUS_RATE=1)
    def test_too_many_of_them_are_told_to_wait(self) -> None:
        throttles.forget()
        self.client.get(WHOAMI)
        self.assertEqual(self.client.get(WHOAMI).status_code, 429)
