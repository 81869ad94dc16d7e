"""Lost second factors: an operator asks, all who are concerned are told, and a day later they are gone, or not."""

import datetime as dt

from django.core import mail
from django.utils import timezone

from accounts.models import FactorReset, TotpDevice, User
from accounts.services.factors import has_factor
from accounts.services.platform_roles import set_platform_roles
from keyvault.actor import PlatformRole, system
from keyvault.errors import Conflict, NotAllowed
from keyvault.flows.operators.factor_resets import ask_for_factor_reset, withdraw_factor_reset
from keyvault.jobs import runner
from keyvault.jobs.models import Job
from tests.admin.scene import PEOPLE, by, desk, make_operator
from tests.cast import CastTestCase
from tests.web.scene import browser

DAY = dt.timedelta(hours=24)


class FactorResetTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN)
        self.clerk = make_operator(PlatformRole.USER_ADMIN, email="clerk@platform.example")
        self.phone = self.phone_of(self.dev)
        self.forget_events()

    def phone_of(self, user: User) -> TotpDevice:
        device = TotpDevice(user=user, name="Phone", confirmed=True)
        device.key = "1" * 32
        device.save()
        return device

    def a_day_passes(self) -> None:
        """The rows become a day older, and due work is done."""
        FactorReset.objects.update(asked_at=timezone.now() - DAY, due_at=timezone.now())
        Job.objects.update(run_after=timezone.now() - DAY)
        runner.sweep()

    def test_a_day_after_all_were_told_the_factors_are_gone_and_sessions_ended(self) -> None:
        theirs = browser(self.dev)
        self.forget_events()
        ask_for_factor_reset(actor=by(self.clerk), user=self.dev)
        (event,) = self.assertEvents("person:factor-reset")
        self.assertEqual((event.org_id, event.actor_id), (self.acme.pk, self.clerk.pk))
        runner.sweep()
        self.assertEqual({sent.to[0] for sent in mail.outbox}, {self.dev.email, self.olivia.email})
        self.assertIn("clerk@platform.example", mail.outbox[0].body)
        self.assertTrue(has_factor(self.dev))
        self.a_day_passes()
        self.assertFalse(has_factor(self.dev))
        self.assertNotEqual(theirs.get("/account").status_code, 200)
        done = [event for event in self.events() if event.action == "person:factor-reset"]
        self.assertEqual([event.document["details"]["ended"] for event in done], ["done"])
        self.assertEqual(mail.outbox[-1].to, [self.dev.email])

    def test_before_the_day_is_over_nothing_happens(self) -> None:
        reset = ask_for_factor_reset(actor=by(self.clerk), user=self.dev)
        self.assertGreater(reset.due_at, timezone.now() + DAY - dt.timedelta(minutes=1))
        Job.objects.update(run_after=timezone.now() - DAY)
        runner.sweep()
        self.assertTrue(has_factor(self.dev))
        self.assertIsNone(FactorReset.objects.get().ended_at)

    def test_a_factor_that_is_used_meanwhile_stops_it(self) -> None:
        ask_for_factor_reset(actor=by(self.clerk), user=self.dev)
        TotpDevice.objects.filter(pk=self.phone.pk).update(last_used_at=timezone.now())
        self.a_day_passes()
        self.assertTrue(has_factor(self.dev))
        self.assertEqual(FactorReset.objects.get().outcome, "a factor was used")

    def test_an_operator_withdraws_it_and_one_who_is_none_any_more_has_asked_in_vain(self) -> None:
        ask_for_factor_reset(actor=by(self.clerk), user=self.dev)
        withdraw_factor_reset(actor=by(self.root), user=self.dev)
        self.a_day_passes()
        self.assertTrue(has_factor(self.dev))
        ask_for_factor_reset(actor=by(self.clerk), user=self.dev)
        set_platform_roles(actor=system("test"), user=self.clerk, roles=[])
        self.a_day_passes()
        self.assertTrue(has_factor(self.dev))
        with self.assertRaises(Conflict):
            withdraw_factor_reset(actor=by(self.root), user=self.dev)

    def test_who_may_not_ask_is_refused_with_an_event(self) -> None:
        self.phone_of(self.clerk)
        self.phone_of(self.root)
        auditor = make_operator(PlatformRole.AUDITOR, email="auditor@platform.example")
        for asker, user in (
            (auditor, self.dev),
            (self.olivia, self.dev),
            (self.clerk, self.clerk),
            (self.root, self.root),
            (self.clerk, self.root),
        ):
            with self.subTest(asker=asker, user=user):
                self.forget_events()
                with self.assertRaises(NotAllowed):
                    ask_for_factor_reset(actor=by(asker), user=user)
                self.assertEvents("person:factor-reset:denied")
        ask_for_factor_reset(actor=by(self.root), user=self.clerk)
        self.assertEqual(FactorReset.objects.get().user, self.clerk)

    def test_there_is_one_at_a_time_and_none_for_who_has_no_factor(self) -> None:
        ask_for_factor_reset(actor=by(self.clerk), user=self.dev)
        for user in (self.dev, self.vera):
            with self.assertRaises(Conflict):
                ask_for_factor_reset(actor=by(self.clerk), user=user)
        self.assertEventsInclude("person:factor-reset:error", "person:factor-reset:error")

    def test_on_the_page_it_is_asked_for_seen_and_withdrawn(self) -> None:
        client, address = desk(self.root), f"{PEOPLE}{self.dev.pk}/"
        self.assertContains(client.get(address), "Reset second factors")
        self.assertContains(client.get(f"{address}factor-reset"), "It happens in 24 hours")
        self.assertRedirects(client.post(f"{address}factor-reset"), address)
        self.assertContains(client.get(address), f"asked for by {self.root.email}")
        self.assertRedirects(client.post(f"{address}factor-reset-withdrawal"), address)
        self.assertContains(client.get(address), "Reset second factors")
        self.assertTrue(has_factor(self.dev))
        self.assertNotContains(client.get(f"{PEOPLE}{self.root.pk}/"), "Reset second factors")
