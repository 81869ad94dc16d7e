"""A directory's token is not taken over plain HTTP either, and its organization hears that it was seen."""

from typing import Any

from django.test import override_settings

from keyvault.api import throttles
from orgs.models import ScimToken
from orgs.services.scim_tokens import revoke_scim_token
from tests.scim.scene import ERROR, DirectoryTestCase, person


@override_settings(SECURE_SSL_REDIRECT=True, KEYVAULT_URL="https://vault.acme.example")
class PlainHttpTests(DirectoryTestCase):
    def assertNotTaken(self, answer: Any) -> None:
        self.assertEqual((answer.status_code, answer["Content-Type"]), (403, "application/scim+json"))
        self.assertEqual(answer.json()["schemas"], [ERROR])
        self.assertIn("https://vault.acme.example", answer.json()["detail"])

    def test_it_is_refused_changes_nothing_and_is_told(self) -> None:
        self.assertNotTaken(self.get("/Users"))
        self.assertNotTaken(self.post("/Users", person("nora")))
        [event] = self.assertEvents("token:exposed")
        self.assertEqual((event.org_id, event.actor_type, event.reason), (self.acme.pk, "anonymous", "plain-http"))
        self.assertNotIn(self.token, str(event.document))
        self.assertIsNone(ScimToken.objects.get(org=self.acme).last_used_at)

    def test_it_is_told_wherever_it_is_shown(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        self.assertEqual(self.client.get("/api/v1/whoami", headers=headers).status_code, 403)
        self.assertEvents("token:exposed")

    def test_what_nobody_issued_gets_the_same_answer_and_no_event(self) -> None:
        for junk in ("", "junk", "kvscim_" + "A" * 36, self.token[:-1] + ("A" if self.token[-1] != "A" else "B")):
            self.assertNotTaken(self.get("/Users", token=junk))
        self.assertNoEvent()

    def test_one_that_was_revoked_gets_the_same_answer(self) -> None:
        token = ScimToken.objects.get(org=self.acme)
        revoke_scim_token(actor=self.actor(self.olivia, stepped_up=True), token=token)
        self.assertNotTaken(self.get("/Users"))

    @override_settings(KEYVAULT_ANONYMOUS_RATE=1)
    def test_too_many_of_them_are_told_to_wait(self) -> None:
        throttles.forget()
        self.get("/Users")
        self.assertEqual(self.get("/Users").status_code, 429)
