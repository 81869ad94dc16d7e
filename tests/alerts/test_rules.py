"""Each rule as it is from the start: the act, the alert in words, a mail and a signed webhook."""

import datetime as dt
import random
from unittest import mock

from django.utils import timezone

from alerts import tasks
from alerts.models import Alert
from alerts.services.answering import resolve_alert
from alerts.services.calendars import change_calendar
from audit.services import Outcome, record, record_folded
from keyvault.actor import Origin, Role, Verb, anonymous, system
from keyvault.jobs import runner
from keyvault.jobs.services import enqueue
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.reminding import remind_of_rotation, tell_never_read
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from keyvault.target import Target
from orgs.services.exposed import record_exposed
from orgs.services.members import change_role
from tests.alerts.far_side import text_of
from tests.alerts.scene import ELSEWHERE, OFFICE, AlertsTestCase
from tests.clock import within_a_minute
from tests.jobs.scene import doing
from tests.tokens.scene import DAY, later, shown
from tokens.models import AccessToken
from tokens.services import revoke_token
from tokens.services.ending import remind_of_expiry
from tokens.services.finding import act_on_found_token


class TokenRulesTests(AlertsTestCase):
    def test_a_production_token_from_a_foreign_address(self) -> None:
        issued = self.of_service("Deploys", project=self.shop, environment=self.production, networks=["203.0.113.0/24"])
        self.refused(issued, ELSEWHERE)
        self.look()
        alert = self.alert("foreign-use")
        self.assertEqual((alert.severity, alert.tier, alert.token), ("critical", "prd", issued.token.pk))
        self.assertEqual(alert.sentence, "1 refusal, normal is 0 a day. From 198.51.100.20.")
        self.assertMailed("A token was used from elsewhere: Deploys (Acme)", "normal is 0 a day")
        [told] = self.hooked("foreign-use")
        self.assertEqual((told["severity"], told["token_id"]), ("critical", str(issued.token.pk)))
        self.assertEventsInclude("token:authenticate:denied", "alert:raise", "alert:deliver")

    def test_outside_production_it_is_a_warning(self) -> None:
        issued = self.of_service(
            "Deploys", project=self.shop, environment=self.development, networks=["203.0.113.0/24"]
        )
        self.refused(issued, ELSEWHERE)
        self.look()
        self.assertEqual(self.alert("foreign-use").severity, "warning")

    def test_a_revoked_token(self) -> None:
        issued = self.of_service("Deploys")
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="The laptop was lost")
        self.refused(issued, OFFICE)
        self.look()
        self.assertMailed("A token that works no more was used: Deploys (Acme)", "1 refusal")
        self.assertEqual(len(self.hooked("dead-token")), 1)

    def test_an_expired_token(self) -> None:
        issued = self.of_service("Deploys")
        with later(2 * DAY):
            self.refused(issued, OFFICE)
        self.look()
        self.assertMailed("A token that works no more was used: Deploys (Acme)", "1 refusal")

    def test_unknown_tokens_from_a_network_that_is_used(self) -> None:
        block = f"10.{random.randrange(256)}.{random.randrange(256)}"  # refusals count by block and minute
        self.reads(self.of_service("Deploys"), Origin(address=f"{block}.7", agent="curl/8.5"))
        self.look()
        thief = Origin(address=f"{block}.99", agent="curl/8.5")
        with within_a_minute():
            for _ in range(100):
                record_folded("token:authenticate", origin=thief, reason="token-invalid")
        self.look()
        self.assertEqual(self.alert("unknown-token").count, 100)
        self.assertMailed(f"Tokens that nobody issued were tried: {block}.0/24 (Acme)", "100 tries")
        self.assertFalse(Alert.objects.filter(org=self.evil_corp, kind="unknown-token").exists())

    def test_a_token_in_the_clear(self) -> None:
        issued = self.of_service("Deploys")
        record_exposed(issued.token.pk, on=issued.token.target, origin=OFFICE)
        self.look()
        self.assertMailed("A token was exposed: Deploys (Acme)", "1 request")
        self.assertEqual(self.alert("exposed-token").severity, "critical")

    def test_a_token_that_somebody_found(self) -> None:
        issued = self.of_service("Deploys")
        act_on_found_token(actor=system("leak desk"), token=issued.token, source="report", facts={})
        self.look()
        self.assertMailed("A token was exposed: Deploys (Acme)", "Done: revoke")
        self.assertEqual(self.alert("exposed-token").severity, "critical")

    def test_the_first_use_from_a_new_network_asks_the_token_s_owner(self) -> None:
        issued = self.personal(self.dev)
        self.reads(issued, OFFICE)
        self.look()
        self.assertEqual(self.kinds(), [])
        self.reads(issued, ELSEWHERE)
        self.look()
        self.assertEqual(self.alert("new-place").severity, "notice")
        [mail] = self.mailbox.to("dev@acme.example")
        self.assertIn("Was this you?", text_of(mail))
        self.assertIn("/o/acme/alerts/answer/", text_of(mail))
        self.assertNotIn(shown(issued), mail.as_string())
        self.assertEqual(len(self.hooked("new-place")), 1)

    def test_a_new_client_is_a_new_place_too(self) -> None:
        issued = self.personal(self.dev)
        self.reads(issued, OFFICE)
        self.reads(issued, Origin(address=OFFICE.address, agent="curl/9.0"))
        self.look()
        self.assertEqual(self.kinds(), [])
        self.reads(issued, Origin(address=OFFICE.address, agent="python-requests/2.32"))
        self.look()
        self.assertIn("By python-requests", self.alert("new-place").sentence)

    def reads(self, issued: object, origin: Origin) -> None:
        """Something that the log has with the token."""
        actor = self.with_token(issued, origin)  # type: ignore[arg-type]
        record("secret:list", actor=actor, on=self.development.target)

    def assertMailed(self, subject: str, words: str) -> None:
        self.assertIn(subject, self.mailbox.subjects, self.told())
        mail = self.mailbox.mails[self.mailbox.subjects.index(subject)]
        self.assertEqual(mail["X-Envelope-To"], "adam@acme.example, olivia@acme.example")
        self.assertIn(words, text_of(mail))
        self.assertIn(words, text_of(mail, "html"))


class PeopleRulesTests(AlertsTestCase):
    def test_repeated_failed_sign_ins(self) -> None:
        on = Target(org=self.acme.ref, about=self.dev.ref)
        for tries in (4, 1):
            for _ in range(tries):
                actor = anonymous(ELSEWHERE)
                record("person:sign-in", actor=actor, on=on, outcome=Outcome.DENIED, reason="wrong-password")
            self.look()
            self.assertEqual(self.kinds(), [] if tries == 4 else ["failed-sign-ins"])
        self.assertIn("Repeated failed sign-ins: dev@acme.example (Acme)", self.mailbox.subjects)
        self.assertRegex(self.alert("failed-sign-ins").sentence, r"^5 failed tries( in \d+ s)?, normal is 0 a day\.")

    def test_production_read_on_a_day_off(self) -> None:
        secret = create_secret(
            actor=self.actor(self.olivia), environment=self.production, name="STRIPE", value=Value.text("sk_live_1")
        ).secret
        self.may_read(self.dev, self.production)
        owner, today = self.actor(self.olivia), timezone.now().date()
        change_calendar(
            actor=owner, org=self.acme, days=range(1, 8), begins=dt.time(0), ends=dt.time(23, 59, 59), days_off=[]
        )
        reveal_secret(actor=self.actor(self.dev, stepped_up=True), secret=secret)
        self.look()
        self.assertNotIn("odd-hours", self.kinds())
        change_calendar(actor=owner, org=self.acme, days_off=[today, today + DAY])
        reveal_secret(actor=self.actor(self.dev, stepped_up=True), secret=secret)
        self.look()
        self.assertIn("Working hours: 00:00–23:59 UTC", self.alert("odd-hours").sentence)
        self.assertIn("Production was read outside working hours: dev@acme.example (Acme)", self.mailbox.subjects)
        self.assertEqual(len(self.hooked("odd-hours")), 1)

    def test_what_was_before_the_first_look_is_history(self) -> None:
        issued = self.of_service("Deploys", networks=["203.0.113.0/24"])
        self.refused(issued, ELSEWHERE)
        self.watch_from_now()
        self.look()
        self.assertEqual(self.kinds(), [])

    def test_bulk_reads(self) -> None:
        actor = self.actor(self.dev)
        for _ in range(60):
            record("secret:reveal", actor=actor, on=self.development.target)
        self.look()
        self.assertEqual(self.kinds(), [])
        for _ in range(60):
            record("secret:reveal", actor=actor, on=self.development.target)
        self.look()
        self.assertEqual(self.alert("bulk-reads").count, 120)
        self.assertIn("Many values were read: dev@acme.example (Acme)", self.mailbox.subjects)
        self.assertEqual(len(self.hooked("bulk-reads")), 1)

    def test_a_new_owner(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        change_role(actor=owner, membership=self.membership(self.adam), role=Role.OWNER)
        change_role(actor=owner, membership=self.membership(self.vera), role=Role.DEVELOPER)
        self.look()
        self.assertEqual(self.kinds(), ["rights-changed"])
        self.assertIn("Who may get in has changed: member:role adam@acme.example (Acme)", self.mailbox.subjects)
        self.assertIn("By olivia@acme.example", self.alert("rights-changed").sentence)

    def test_an_operator_or_a_root_key_concerns_every_organization(self) -> None:
        record("operator:roles", actor=system("tests"), on=Target(org=None, about=self.vera.ref))
        record("keys:promote", actor=system("tests"), on=Target(org=None))
        self.look()
        for org in (self.acme, self.evil_corp):
            self.assertEqual(Alert.objects.filter(org=org, kind="rights-changed").count(), 2)
        [mail] = self.mailbox.to("mallory@evil.example")
        self.assertEqual(mail["Subject"], "KeyVault: 2 alerts (Evil Corp)")

    def test_an_owner_who_grants_himself_production(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        grant(
            actor=owner, to=self.membership(self.dev), project=self.shop, environment=self.production, verbs=[Verb.READ]
        )
        self.look()
        self.assertEqual(self.kinds(), [])
        grant(
            actor=owner,
            to=self.membership(self.olivia),
            project=self.shop,
            environment=self.production,
            verbs=[Verb.READ],
        )
        self.look()
        self.assertEqual(self.alert("own-production").severity, "critical")
        self.assertIn("An owner granted themselves production: olivia@acme.example (Acme)", self.mailbox.subjects)


class InstallationRulesTests(AlertsTestCase):
    def test_stored_data_that_was_altered(self) -> None:
        issued = self.of_service("Deploys")
        AccessToken.objects.filter(pk=issued.token.pk).update(expires_at=timezone.now() + 999 * DAY)
        self.refused(issued)
        self.look()
        self.assertEqual(self.alert("tampering").severity, "critical")
        self.assertIn("Stored data was altered: Deploys (Acme)", self.mailbox.subjects)

    def test_a_log_that_is_not_sealed_is_told_until_it_is(self) -> None:
        with mock.patch("alerts.watching.logkeeping.notices", return_value=["The sealer of the audit log: it is gone"]):
            tasks.look_at_the_log()
            tasks.look_at_the_log()
        self.deliver()
        self.assertEqual(self.alert("log-broken").sentence, "The sealer of the audit log: it is gone")
        self.assertEqual(self.alert("log-broken").count, 2)
        self.assertEqual(self.mailbox.subjects.count("The audit log is broken or late (Acme)"), 1)
        with mock.patch("alerts.watching.logkeeping.notices", return_value=[]):
            tasks.look_at_the_log()
        self.assertEqual(self.alert("log-broken").state, "resolved")

    def test_a_job_that_ended_without_its_work_done(self) -> None:
        def work(**_: object) -> None:
            raise RuntimeError

        with doing(work):
            enqueue("tests.work", arguments={}, author=self.actor(self.adam))
            for _ in range(runner.ATTEMPTS):
                self.wait()
        self.look()
        self.assertIn("Work in the background did not succeed: tests.work (Acme)", self.mailbox.subjects)


class DueTests(AlertsTestCase):
    def test_a_token_that_expires_is_announced_to_channels_and_to_its_owner(self) -> None:
        token = self.personal(self.dev, environment=self.development, project=self.shop, lifetime=90 * DAY).token
        for days, severity in ((14, "notice"), (1, "warning")):
            remind_of_expiry(actor=system("sweep"), token=self.now(token), days=days)
            self.look()
            alert = Alert.objects.filter(org=self.acme, kind="expiry-due").latest("id")
            self.assertEqual((alert.severity, alert.token), (severity, token.pk))
            resolve_alert(actor=self.actor(self.olivia), alert=alert)
        self.assertRegex(alert.sentence, r"^It expires within a day: on \d+ \w+ 20\d\d at")
        self.assertEqual(len(self.hooked("expiry-due")), 2)
        self.assertEqual(len(self.mailbox.to("dev@acme.example")), 2)
        self.assertEqual(len(self.mailbox.to("adam@acme.example")), 1)

    def test_a_secret_that_is_due_and_one_that_is_late(self) -> None:
        made = create_secret(
            actor=self.actor(self.olivia), environment=self.production, name="STRIPE", value=Value.text("sk_live_1")
        ).secret
        made.rotate_by, made.owner = timezone.now().date(), self.membership(self.dev)
        made.save()
        for days in (7, None):
            remind_of_rotation(actor=system("sweep"), secret=made, days=days)
            self.look()
            resolve_alert(actor=self.actor(self.olivia), alert=Alert.objects.latest("id"))
        sentences = list(Alert.objects.order_by("id").values_list("sentence", flat=True))
        self.assertRegex(sentences[0], r"^In shop/production\. It is due in 7 days: 20\d\d-")
        self.assertRegex(sentences[1], r"Its day is past: 20\d\d-")
        self.assertEqual(len(self.mailbox.to("dev@acme.example")), 2)
        self.assertIn("A secret is due for rotation: STRIPE (Acme)", self.mailbox.subjects)

    def test_what_a_sweep_found(self) -> None:
        made = create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="OLD", value=Value.text("sk_test_1")
        ).secret
        tell_never_read(actor=system("sweep"), secret=made)
        self.look()
        self.assertEqual(self.kinds(), ["sweep-found"])
        [told] = self.hooked("sweep-found")
        self.assertEqual(told["title"], "A sweep found something: OLD")
