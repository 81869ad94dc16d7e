"""Deliveries: retried for a day, given up in sight, folded in a flood, and never lost with a worker."""

from unittest import mock

from django.utils import timezone

from alerts import tasks
from alerts.attention import needing_attention
from alerts.models import Alert, Delivery
from alerts.sending import delivering
from alerts.services.answering import acknowledge_alert, resolve_alert
from alerts.services.channels import change_channel
from alerts.services.trying import redeliver, try_channel
from audit.services import Outcome, record
from keyvault.actor import anonymous
from keyvault.errors import Conflict
from keyvault.ids import uuid7
from keyvault.jobs.models import Job
from keyvault.target import Ref, Target
from tests.alerts.far_side import text_of
from tests.alerts.scene import ELSEWHERE, LONG_AGO, AlertsTestCase
from tests.tokens.scene import DAY, HOUR, later


class DeliveringTestCase(AlertsTestCase):
    def refuse(self, name: str = "Deploys", times: int = 1, token: object = None) -> None:
        """Uses of a token from elsewhere, as the log has them."""
        on = Target(org=self.acme.ref, token=Ref(token or uuid7(), name))  # type: ignore[arg-type]
        for _ in range(times):
            record("token:authenticate", actor=anonymous(ELSEWHERE), on=on, outcome=Outcome.DENIED, reason="network")

    def of(self, name: str) -> Delivery:
        return Delivery.objects.filter(channel__name=name, test=False).latest("id")


class RetryTests(DeliveringTestCase):
    def test_a_webhook_that_fails_is_tried_again_under_the_same_id(self) -> None:
        self.hook.answers = [500, 302]
        self.refuse()
        self.look()
        self.assertEqual((self.of("Pager").state, self.of("Pager").attempts), ("waiting", 1))
        self.wait()
        self.assertIn("redirect", self.of("Pager").last_error)
        self.wait()
        self.assertEqual((self.of("Pager").state, self.of("Pager").attempts), ("sent", 3))
        self.assertEqual(len({each.headers["webhook-id"] for each in self.hook.received}), 1)
        self.assertTrue(all(each.is_signed_with(self.webhook.secret) for each in self.hook.received))

    def test_after_a_day_it_is_given_up_in_sight(self) -> None:
        self.hook.answers = [503] * 100
        self.refuse()
        self.look()
        hours, tried = 0.0, 0
        while self.of("Pager").state == "waiting":
            hours = (self.of("Pager").due_at - timezone.now()) / HOUR
            tried += 1
            Job.objects.filter(kind="alerts.deliver", state="queued").update(run_after=LONG_AGO)
            with later(self.of("Pager").due_at - timezone.now()):
                self.deliver()
        self.assertGreater(hours, 20)
        self.assertLess(hours, 24.1)
        self.assertGreater(tried, 8)
        self.assertEqual(self.of("Pager").state, "dead")
        self.assertEqual(self.of("Pager").last_error, "The receiver answered 503.")
        [attention] = [each for each in needing_attention(self.acme) if each.rule == "failing-channel"]
        self.assertIn("Pager: The receiver answered 503.", attention.sentence)
        self.assertEventsInclude("alert:deliver:error")
        self.hook.answers = []
        redeliver(actor=self.actor(self.adam), delivery=self.of("Pager"))
        self.deliver()
        self.assertEqual(self.of("Pager").state, "sent")
        self.assertEqual([each.rule for each in needing_attention(self.acme)], [])
        with self.assertRaises(Conflict):
            redeliver(actor=self.actor(self.adam), delivery=self.of("Pager"))

    def test_a_receiver_that_is_gone_is_not_asked_again(self) -> None:
        self.hook.answers = [410]
        self.refuse()
        self.look()
        self.assertEqual(self.of("Pager").state, "dead")

    def test_an_internal_address_is_never_asked(self) -> None:
        owner = self.actor(self.olivia)
        change_channel(actor=owner, channel=self.webhook.channel, url="https://169.254.169.254/latest")
        self.refuse()
        self.look()
        self.assertIn("private network", self.of("Pager").last_error)

    def test_mail_is_tried_again_too(self) -> None:
        self.mailbox.answer = "451 later"
        self.refuse()
        self.look()
        self.assertEqual(self.of("Owners and admins").state, "waiting")
        self.mailbox.answer = "250 OK"
        self.wait()
        self.assertEqual(self.of("Owners and admins").state, "sent")
        self.assertEqual(len(self.mailbox.mails), 1)


class CrashTests(DeliveringTestCase):
    def test_a_worker_that_dies_before_it_sends_loses_nothing(self) -> None:
        self.refuse()
        tasks.look()
        with mock.patch.object(delivering, "send", side_effect=SystemExit), self.assertRaises(SystemExit):
            self.deliver()
        Job.objects.filter(state="running").update(lease_until=LONG_AGO)
        self.deliver()
        self.assertEqual({each.state for each in self.deliveries()}, {"sent"})
        self.assertEqual((len(self.mailbox.mails), len(self.hook.received)), (1, 1))

    def test_one_that_dies_after_it_sent_sends_again_under_the_same_id(self) -> None:
        self.refuse()
        tasks.look()
        with mock.patch.object(delivering, "conclude", side_effect=SystemExit):
            for _ in range(2):
                with self.assertRaises(SystemExit):
                    self.deliver()
        Job.objects.filter(state="running").update(lease_until=LONG_AGO)
        self.deliver()
        self.assertEqual({each.state for each in self.deliveries()}, {"sent"})
        self.assertEqual(len(self.hook.received), 2)
        self.assertEqual(len({each.headers["webhook-id"] for each in self.hook.received}), 1)

    def test_a_job_that_runs_twice_sends_once(self) -> None:
        self.refuse()
        self.look()
        Job.objects.filter(kind="alerts.deliver").update(state="queued", finished_at=None, run_after=LONG_AGO)
        self.deliver()
        self.assertEqual((len(self.mailbox.mails), len(self.hook.received)), (1, 1))


class FloodTests(DeliveringTestCase):
    def test_many_alerts_at_one_look_are_one_message_that_says_how_many(self) -> None:
        for number in range(40):
            self.refuse(f"Token {number}")
        self.look()
        self.assertEqual(Alert.objects.filter(org=self.acme).count(), 40)
        self.assertEqual(self.mailbox.subjects, ["40 alerts (Acme)"])
        [message] = self.hook.received
        self.assertEqual(message.content["data"]["count"], 40)

    def test_a_burst_of_messages_is_folded_into_the_last(self) -> None:
        for number in range(9):
            self.refuse(f"Token {number}")
            self.look()
        self.assertEqual(len(self.mailbox.mails), 5)
        self.wait()
        self.assertEqual(len(self.mailbox.mails), 6)
        self.assertEqual(self.mailbox.subjects[-1], "4 alerts (Acme)")

    def test_more_of_the_same_is_silent_and_then_told_in_one(self) -> None:
        token = uuid7()
        self.refuse(token=token)
        self.look()
        for _ in range(3):
            self.refuse(token=token, times=10)
            self.look()
        self.assertEqual(len(self.mailbox.mails), 1)
        self.assertEqual(self.alert("foreign-use").count, 31)
        with later(2 * HOUR):
            tasks.look()
        self.deliver()
        self.assertEqual(len(self.mailbox.mails), 2)
        self.assertIn("31 refusals", text_of(self.mailbox.mails[1]))
        self.assertIn("30 of them since the last message.", text_of(self.mailbox.mails[1]))

    def test_what_somebody_has_acknowledged_is_not_told_again(self) -> None:
        token = uuid7()
        self.refuse(token=token)
        self.look()
        acknowledge_alert(actor=self.actor(self.adam), alert=self.alert("foreign-use"), note="It is ours")
        self.refuse(token=token)
        self.look()
        with later(2 * HOUR):
            tasks.look()
        self.deliver()
        self.assertEqual((len(self.mailbox.mails), self.alert("foreign-use").count), (1, 2))

    def test_after_it_is_resolved_the_same_is_a_new_alert(self) -> None:
        token = uuid7()
        self.refuse(token=token)
        self.look()
        resolve_alert(actor=self.actor(self.adam), alert=self.alert("foreign-use"))
        self.refuse(token=token)
        self.look()
        self.assertEqual(Alert.objects.filter(org=self.acme, kind="foreign-use").count(), 2)
        self.assertEqual(len(self.mailbox.mails), 2)

    def test_normal_is_what_the_days_before_had(self) -> None:
        token = uuid7()
        self.refuse(token=token, times=3)
        self.look()
        from alerts.models import Sighting

        Sighting.objects.update(at=timezone.now() - 2 * DAY, alert=None)
        Alert.objects.all().delete()
        self.refuse(token=token)
        self.look()
        self.assertEqual(self.alert("foreign-use").sentence, "1 refusal, normal is 0 a day. From 198.51.100.20.")
        Sighting.objects.filter(at__lt=timezone.now() - DAY).update(weight=2)


class ChannelRoutingTests(DeliveringTestCase):
    def test_by_rule_tier_and_severity(self) -> None:
        self.made_webhook("Only tampering", kinds=["tampering"])
        self.made_webhook("Only development", tiers=["dev"])
        self.made_webhook("Only critical", least="critical")
        self.look()
        issued = self.of_service("Deploys", project=self.shop, environment=self.staging, networks=["203.0.113.0/24"])
        self.refused(issued, ELSEWHERE)
        self.look()
        to = set(Delivery.objects.filter(items__alert__kind="foreign-use").values_list("channel__name", flat=True))
        self.assertEqual(to, {"Owners and admins", "Pager"})

    def test_a_daily_channel_waits_for_the_morning(self) -> None:
        change_channel(actor=self.actor(self.olivia), channel=self.default_channel(), mode="daily")
        self.refuse("One")
        self.look()
        self.refuse("Two")
        self.look()
        self.assertEqual(self.mailbox.mails, [])
        waiting = self.of("Owners and admins")
        self.assertEqual((waiting.due_at.hour, waiting.due_at.minute), (7, 0))
        self.wait()
        self.assertEqual(self.mailbox.subjects, ["3 alerts (Acme)"])  # with the change of the channel itself

    def test_a_channel_that_is_off_carries_nothing(self) -> None:
        change_channel(actor=self.actor(self.olivia), channel=self.webhook.channel, enabled=False)
        self.refuse()
        self.look()
        self.assertEqual(self.hook.received, [])
        self.of_service("Deploys", project=self.shop, environment=self.production)
        self.assertEqual([each.rule for each in needing_attention(self.acme)], ["no-webhook-channel"])

    def test_a_test_is_sent_at_once_and_not_retried(self) -> None:
        self.assertEqual(try_channel(actor=self.actor(self.adam), channel=self.webhook.channel).state, "sent")
        self.assertEqual(self.hook.received[0].content["type"], "alerts.test")
        self.assertTrue(self.hook.received[0].is_signed_with(self.webhook.secret))
        self.hook.answers = [500]
        self.assertEqual(try_channel(actor=self.actor(self.adam), channel=self.webhook.channel).state, "dead")
        self.assertEqual(try_channel(actor=self.actor(self.adam), channel=self.default_channel()).state, "sent")
        self.assertIn("This is a test.", text_of(self.mailbox.mails[0]))
        self.assertEventsInclude("alert-channel:test", "alert:deliver", "alert-channel:test", "alert:deliver:error")
