"""GitHub's alerts: signed with the organization's own secret, an event each, and the policy for a token in one."""

import hmac
import json
from typing import Any

from django.test import Client

from keyvault.flows.leaks.models import Scanner
from keyvault.flows.leaks.reports import LOOK
from keyvault.jobs import runner
from keyvault.jobs.models import Job
from tests.api.scene import ApiTestCase
from tokens.models import AccessToken

WHERE = "https://github.com/acme/shop/security/secret-scanning/42"


class ScannerTests(ApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        made = self.post("olivia", "/api/v1/scanners", {"name": "Our repositories"}).json()
        self.address, self.secret = made["url"].partition("/scanners")[1:], made["secret"]
        self.path = "".join(self.address)
        self.forget_events()

    def send(self, document: Any, *, secret: str = "", event: str = "secret_scanning_alert", path: str = "") -> Any:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        signature = hmac.new((secret or self.secret).encode(), body, "sha256").hexdigest()
        headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={signature}"}
        return Client().generic("POST", path or self.path, body, "application/json", headers=headers)

    def alert(self, action: str = "created", **more: str) -> dict[str, Any]:
        alert = {"number": 42, "secret_type": "keyvault_token", "html_url": WHERE, **more}
        return {"action": action, "alert": alert, "repository": {"full_name": "acme/shop"}}

    def carry_out(self) -> None:
        for job in Job.objects.filter(kind=LOOK, state="queued"):
            runner.run(job.pk)

    def test_an_alert_is_an_event_that_says_where(self) -> None:
        self.assertEqual(self.send(self.alert()).status_code, 202)
        [event] = self.assertEvents("scanner:report")
        self.assertEqual(event.document["details"], {"what": "keyvault_token", "where": WHERE, "with_token": False})
        self.assertIsNotNone(Scanner.objects.get().last_at)

    def test_a_token_in_it_is_dealt_with_by_the_policy(self) -> None:
        self.send(self.alert(secret=self.tokens["dev"]))
        self.carry_out()
        self.assertEqual(AccessToken.objects.get(membership__user__name="Dev").state, "revoked")
        [_, found, _] = self.assertEvents("scanner:report", "token:found", "token:revoke")
        facts = found.document["details"]
        self.assertEqual((facts["scanner"], facts["where"]), ("Our repositories", WHERE))
        self.assertNotIn(self.tokens["dev"], str([job.arguments for job in Job.objects.all()]))

    def test_another_organizations_token_is_dealt_with_and_told_nothing_of_this_one(self) -> None:
        self.send(self.alert(secret=self.tokens["mallory"]))
        self.carry_out()
        found = next(event for event in self.events() if event.action == "token:found")
        self.assertEqual(found.org_id, self.evil_corp.pk)
        self.assertNotIn("acme", str(found.document["details"]))

    def test_who_does_not_sign_is_refused_alike(self) -> None:
        answers = [
            self.send(self.alert(), secret="guessed"),
            self.send(self.alert(), path="/scanners/github/0123456789abcdef0123456789abcdef"),
            Client().post(self.path, b"{}", "application/json"),
        ]
        self.assertEqual({(each.status_code, each.json()["rule"]) for each in answers}, {(401, "bad-signature")})
        self.assertNoEvent("scanner:report")

    def test_what_is_no_news_or_no_alert_is_taken_and_left(self) -> None:
        for document, event in (
            (self.alert("resolved"), "secret_scanning_alert"),
            ({"zen": "Keep it logically awesome."}, "ping"),
            ({"action": "created", "alert": "text"}, "secret_scanning_alert"),
            ({"action": ["created"], "alert": {}}, "secret_scanning_alert"),
        ):
            self.assertEqual(self.send(document, event=event).status_code, 202)
        self.assertNoEvent()

    def test_what_is_signed_and_odd_is_a_clear_refusal(self) -> None:
        for body in (b"", b"[]", b"{", b"\xff", b'{"a":' * 100):
            self.assertEqual(self.send(body).status_code, 400)

    def test_the_secret_is_shown_once_and_sealed(self) -> None:
        listed = self.get("olivia", "/api/v1/scanners")
        self.assertNotIn(self.secret.encode(), listed.content)
        self.assertNotIn(self.path.rpartition("/")[2].encode(), listed.content)
        self.assertEqual(self.get("dev", "/api/v1/scanners").status_code, 403)

    def test_disconnected_it_is_heard_no_more(self) -> None:
        scanner = Scanner.objects.get()
        self.assertEqual(self.call("adam", "DELETE", f"/api/v1/scanners/{scanner.pk}").status_code, 204)
        self.assertEqual(self.send(self.alert()).status_code, 401)
