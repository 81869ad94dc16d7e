"""The console's pages of alerts: what one does on them, what a wrong entry says, and that others see none of it."""

from typing import Any

from django.test import Client

from alerts.catalogue import Kind
from alerts.models import Alert, Calendar, Channel, Delivery
from alerts.rules import rules_of
from audit.services import record
from tests.alerts.far_side import text_of
from tests.alerts.scene import ELSEWHERE, OFFICE, AlertsTestCase
from tests.web.scene import browser, page
from tokens.models import AccessToken, TokenState

HOME = "/o/acme/alerts"


class PagesTests(AlertsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.at_work = browser(self.adam)

    def breach(self) -> Alert:
        issued = self.of_service("Deploys", networks=["203.0.113.0/24"])
        self.refused(issued, ELSEWHERE)
        self.look()
        return self.alert("foreign-use")

    def said(self, answer: Any) -> str:
        text: str = answer.content.decode()
        return text

    def test_an_alert_with_its_events_is_acknowledged_and_resolved(self) -> None:
        alert = self.breach()
        self.assertIn("A token was used from elsewhere: Deploys", self.said(self.at_work.get(HOME)))
        shown = self.said(self.at_work.get(f"{HOME}/{alert.pk}"))
        self.assertIn("token:authenticate denied", shown)
        self.assertIn(ELSEWHERE.address or "", shown)
        self.forget_events()
        self.at_work.post(f"{HOME}/{alert.pk}/acknowledgement", {"note": "It is our new office"})
        alert.refresh_from_db()
        self.assertEqual((alert.state, alert.acknowledged_by), ("acknowledged", "adam@acme.example"))
        self.at_work.post(f"{HOME}/{alert.pk}/resolution", {"note": ""})
        alert.refresh_from_db()
        self.assertEqual((alert.state, alert.note), ("resolved", "It is our new office"))
        self.assertEventsInclude("alert:acknowledge", "alert:resolve")
        self.assertIn("Nothing is open", self.said(self.at_work.get(HOME)))
        self.assertIn("Deploys", self.said(self.at_work.get(f"{HOME}?show=all")))

    def test_a_rule_is_changed_and_the_change_is_told(self) -> None:
        form = {"enabled": "", "severity": "critical", "threshold": "3", "window": "20", "quiet": "5"}
        self.at_work.post(f"{HOME}/rules/failed-sign-ins", form)
        rule = rules_of(self.acme.pk)[Kind.FAILED_SIGN_INS]
        self.assertEqual((rule.enabled, rule.threshold, rule.window, rule.quiet), (False, 3, 20, 5))
        self.look()
        self.assertIn("Alerts were changed: alert-rule:change failed-sign-ins (Acme)", self.mailbox.subjects)
        self.assertEqual(self.at_work.post(f"{HOME}/rules/failed-sign-ins", {**form, "window": "0"}).status_code, 422)
        self.assertEqual(self.at_work.get(f"{HOME}/rules/nonsense").status_code, 404)
        self.at_work.post(f"{HOME}/rules/tampering", {"quiet": "5"})
        self.assertTrue(rules_of(self.acme.pk)[Kind.TAMPERING].enabled)

    def test_working_hours(self) -> None:
        form = {
            "time_zone": "Europe/Berlin",
            "days": ["1", "2"],
            "begins": "08:00",
            "ends": "17:30",
            "days_off": "2027-12-25",
        }
        self.assertEqual(self.at_work.post(f"{HOME}/calendar", form).status_code, 302)
        kept = Calendar.objects.get(org=self.acme)
        self.assertEqual((kept.time_zone, kept.days, len(kept.days_off)), ("Europe/Berlin", [1, 2], 1))
        mistakes: tuple[dict[str, object], ...] = (
            {"time_zone": "Mars/Olympus"}, {"ends": "07:00"}, {"days": []}, {"days_off": "christmas"},
        )  # fmt: skip
        for wrong in mistakes:
            with self.subTest(wrong):
                self.assertEqual(self.at_work.post(f"{HOME}/calendar", {**form, **wrong}).status_code, 422)

    def test_a_webhook_s_secret_is_shown_once_and_its_address_never(self) -> None:
        form = {"name": "SIEM", "url": self.hook.url, "least": "warning"}
        made = self.at_work.post(f"{HOME}/channels/new/webhook", form)
        self.assertEqual(made.status_code, 201)
        secret = page(made).texts["token"]
        self.assertTrue(secret.startswith("whsec_"))
        channel = Channel.objects.get(name="SIEM")
        self.at_work.post(f"{HOME}/channels/{channel.pk}/test")
        self.assertTrue(self.hook.received[-1].is_signed_with(secret))
        for address in (f"{HOME}/channels", f"{HOME}/channels/{channel.pk}"):
            self.assertNotIn(secret, self.said(self.at_work.get(address)))
            self.assertNotIn("a-key-in-the-path", self.said(self.at_work.get(address)))
        again = page(self.at_work.post(f"{HOME}/channels/{channel.pk}/secret")).texts["token"]
        self.assertNotEqual(again, secret)
        self.at_work.post(f"{HOME}/channels/{channel.pk}/test")
        self.assertTrue(self.hook.received[-1].is_signed_with(again))
        self.at_work.post(f"{HOME}/channels/{channel.pk}/deletion")
        self.assertFalse(Channel.objects.filter(name="SIEM").exists())

    def test_what_is_no_address_and_whom_alerts_may_not_go_to(self) -> None:
        new = f"{HOME}/channels/new"
        for url in (
            "http://example.com/x",
            "https://user:pass@example.com/",
            "ftp://x",
            "javascript:alert(1)",
            "https://",
        ):
            with self.subTest(url):
                answer = self.at_work.post(f"{new}/webhook", {"name": "X", "url": url, "least": "warning"})
                self.assertEqual(answer.status_code, 422)
        mail = {"name": "Outside", "least": "warning", "mode": "at-once"}
        for recipients in ("mallory@evil.example", "nonsense", "dev@acme.example\nmallory@evil.example"):
            with self.subTest(recipients):
                self.assertEqual(self.at_work.post(f"{new}/email", {**mail, "recipients": recipients}).status_code, 422)
        self.assertEqual(self.at_work.post(f"{new}/email", {**mail, "recipients": "dev@acme.example"}).status_code, 302)
        self.assertEqual(self.at_work.post(f"{new}/email", {**mail, "recipients": ""}).status_code, 422)  # the name

    def test_the_default_channel_is_switched_off_and_not_deleted(self) -> None:
        default = self.default_channel()
        self.at_work.post(f"{HOME}/channels/{default.pk}/deletion")
        self.at_work.post(f"{HOME}/channels/{default.pk}", {"name": default.name, "least": "warning", "mode": "daily"})
        default.refresh_from_db()
        self.assertEqual((default.enabled, default.mode), (False, "daily"))
        self.assertIn("No alert is sent by mail.", self.said(self.at_work.get(HOME)))

    def test_who_has_left_gets_no_mail(self) -> None:
        mail = {"name": "Dev", "least": "warning", "mode": "at-once", "recipients": "dev@acme.example"}
        self.at_work.post(f"{HOME}/channels/new/email", mail)
        self.membership(self.dev).delete()
        self.breach()
        self.assertEqual(self.mailbox.to("dev@acme.example"), [])
        self.assertIn("Dev reaches nobody.", self.said(self.at_work.get(f"{HOME}/channels")))

    def test_developers_and_outsiders_see_and_do_nothing(self) -> None:
        alert, channel = self.breach(), self.webhook.channel
        dead = Delivery.objects.create(org=self.acme, channel=channel, state="dead", due_at=alert.last_at)
        pages = ["", "/rules", "/rules/odd-hours", "/calendar", "/channels", "/channels/new/email"]
        pages += [f"/{alert.pk}", f"/channels/{channel.pk}"]
        acts = [f"/{alert.pk}/acknowledgement", f"/{alert.pk}/resolution", f"/channels/{channel.pk}/test"]
        acts += [
            f"/channels/{channel.pk}/secret",
            f"/channels/{channel.pk}/deletion",
            f"/deliveries/{dead.pk}/redelivery",
        ]
        for user, status in ((self.dev, 403), (self.mallory, 404)):
            client = browser(user)
            for address in pages:
                with self.subTest(address, user=user):
                    self.assertEqual(client.get(HOME + address).status_code, status)
            for address in acts:
                with self.subTest(address, user=user):
                    self.assertEqual(client.post(HOME + address).status_code, status)
        self.assertEqual((self.alert("foreign-use").state, dead.state), ("open", "dead"))
        own = browser(self.mallory)
        for address in (f"/{alert.pk}", f"/channels/{channel.pk}"):
            self.assertEqual(own.get(f"/o/evil-corp/alerts{address}").status_code, 404)
        for address in acts:
            self.assertEqual(own.post(f"/o/evil-corp/alerts{address}").status_code, 404)


class AnswerTests(AlertsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.issued = self.personal(self.dev)
        for origin in (OFFICE, ELSEWHERE):
            record("secret:list", actor=self.with_token(self.issued, origin), on=self.development.target)
            self.look()
        [mail] = self.mailbox.to("dev@acme.example")
        [line] = [line for line in text_of(mail).splitlines() if "Was this you?" in line]
        self.address = line.rpartition("http://127.0.0.1:8000")[2]

    def state(self) -> str:
        return AccessToken.objects.get(pk=self.issued.token.pk).state

    def test_opening_the_link_does_nothing_and_keeping_acknowledges(self) -> None:
        client = browser(self.dev)
        self.assertContains(client.get(self.address), "Not me, revoke the token")
        self.assertEqual((self.state(), self.alert("new-place").state), (TokenState.ACTIVE, "open"))
        client.post(self.address, {"answer": "keep"})
        self.assertEqual((self.state(), self.alert("new-place").state), (TokenState.ACTIVE, "acknowledged"))

    def test_revoking_revokes_at_once(self) -> None:
        browser(self.dev).post(self.address, {"answer": "revoke"})
        self.assertEqual(self.state(), TokenState.REVOKED)
        self.assertEqual(self.alert("new-place").state, "open")
        self.assertEventsInclude("token:revoke")

    def test_the_link_alone_gives_no_right(self) -> None:
        self.assertIn("/sign-in", Client().get(self.address)["Location"])
        for user in (self.olivia, self.adam, self.vera, self.mallory):
            with self.subTest(user):
                self.assertEqual(browser(user).post(self.address, {"answer": "revoke"}).status_code, 404)
        forged = self.address[:-1] + ("A" if self.address[-1] != "A" else "B")
        self.assertEqual(browser(self.dev).post(forged, {"answer": "revoke"}).status_code, 404)
        self.assertEqual(self.state(), TokenState.ACTIVE)

    def test_it_needs_a_form_of_ours(self) -> None:
        strict = browser(self.dev, enforce_csrf_checks=True)
        self.assertEqual(strict.post(self.address, {"answer": "revoke"}).status_code, 403)
        self.assertEqual(self.state(), TokenState.ACTIVE)

    def test_nonsense_does_nothing(self) -> None:
        browser(self.dev).post(self.address, {"answer": "nonsense"})
        self.assertEqual((self.state(), self.alert("new-place").state), (TokenState.ACTIVE, "open"))
