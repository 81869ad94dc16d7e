"""Tokens that nobody uses: told, paused, revoked; kept by a use, a word of their owner, or an exemption."""

import datetime as dt

from django.utils import timezone

from keyvault.errors import Conflict, Invalid, NotAllowed
from tests.sweeps.scene import DAY, SweepTestCase
from tokens.models import AccessToken, TokenState
from tokens.services import end_exemption, exempt_token, keep_token, pause_token, resume_token

NAME = "stale-tokens"
YEAR = 365 * DAY


class StaleTokenTests(SweepTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = self.personal(self.dev, "Old laptop", lifetime=YEAR).token
        self.forget_events()

    def state(self) -> str:
        return AccessToken.objects.get(pk=self.token.pk).state

    def test_the_whole_road_of_a_token_that_was_never_used(self) -> None:
        self.assertEqual(self.sweep(NAME, day=89).result, {"revoked": 0, "paused": 0, "noticed": 0})
        self.assertEvents()
        self.assertEqual(self.sweep(NAME, day=90.1).result["noticed"], 1)
        self.assertEqual(self.told(), [("dev@acme.example", "KeyVault: Nobody uses the token Old laptop")])
        self.assertEvents("token:stale-notice", "sweep:run")
        self.assertEqual(self.sweep(NAME, day=104).result["paused"], 0)
        self.assertEqual(self.sweep(NAME, day=104.2).result["paused"], 1)
        self.assertEqual(self.told(), [("dev@acme.example", "KeyVault: The token Old laptop is paused")])
        self.assertEqual(self.state(), TokenState.PAUSED)
        [change, _] = self.assertEvents("token:change", "sweep:run")
        self.assertEqual((change.reason, change.document["details"]["change"]), ("unused", "pause"))
        self.assertEqual(self.sweep(NAME, day=134).result["revoked"], 0)
        self.assertEqual(self.sweep(NAME, day=134.3).result["revoked"], 1)
        self.assertEqual(self.state(), TokenState.REVOKED)
        self.assertEvents("token:revoke", "sweep:run")

    def test_again_on_the_same_day_nothing_is_done_or_said_twice(self) -> None:
        for day in (90.1, 104.2, 134.3):
            self.sweep(NAME, day=day)
            self.told()
            self.forget_events()
            self.assertEqual(sum(self.sweep(NAME, day=day).result.values()), 0)
            self.assertEqual(self.told(), [])
            self.assertEvents()

    def test_a_sweep_that_comes_very_late_still_takes_one_step_at_a_time(self) -> None:
        self.assertEqual(self.sweep(NAME, day=300).result, {"revoked": 0, "paused": 0, "noticed": 1})
        self.assertEqual(self.sweep(NAME, day=313).result, {"revoked": 0, "paused": 0, "noticed": 0})
        self.assertEqual(self.sweep(NAME, day=315).result, {"revoked": 0, "paused": 1, "noticed": 0})

    def test_a_dry_run_counts_and_changes_nothing(self) -> None:
        run = self.sweep(NAME, day=91, dry=True)
        self.assertEqual((run.dry, run.result["noticed"]), (True, 1))
        self.assertEqual(self.told(), [])
        self.assertEvents("sweep:try")
        self.assertEqual(self.sweep(NAME, day=91).result["noticed"], 1)

    def test_a_use_or_a_word_of_the_owner_begins_it_anew(self) -> None:
        self.sweep(NAME, day=91)
        self.used(self.token, day=92)
        self.assertEqual(sum(self.sweep(NAME, day=120).result.values()), 0)
        self.assertEqual(self.sweep(NAME, day=183).result["noticed"], 1)
        with self.on_day(184):
            keep_token(actor=self.actor(self.dev), token=self.token)
        self.assertEqual(sum(self.sweep(NAME, day=270).result.values()), 0)

    def test_what_the_review_paused_works_again_when_it_is_kept(self) -> None:
        self.sweep(NAME, day=91)
        self.sweep(NAME, day=106)
        with self.on_day(107):
            keep_token(actor=self.actor(self.dev), token=self.token)
        self.assertEqual(self.state(), TokenState.ACTIVE)
        self.assertEqual(sum(self.sweep(NAME, day=150).result.values()), 0)

    def test_resumed_it_is_not_paused_again_at_once(self) -> None:
        self.sweep(NAME, day=91)
        self.sweep(NAME, day=106)
        with self.on_day(107):
            resume_token(actor=self.actor(self.dev), token=self.token)
        self.assertEqual(sum(self.sweep(NAME, day=108).result.values()), 0)

    def test_what_a_person_paused_is_theirs(self) -> None:
        self.sweep(NAME, day=91)
        with self.on_day(92):
            pause_token(actor=self.actor(self.adam), token=self.token)
        for day in (110, 200):
            self.assertEqual(sum(self.sweep(NAME, day=day).result.values()), 0)
        with self.on_day(201):
            keep_token(actor=self.actor(self.dev), token=self.token)
        self.assertEqual(self.state(), TokenState.PAUSED)

    def test_an_exemption_has_a_reason_and_an_end(self) -> None:
        admin, until = self.actor(self.adam), (timezone.now() + 200 * DAY).date()
        with self.assertRaises(Invalid):
            exempt_token(actor=admin, token=self.token, reason="", until=until)
        with self.assertRaises(Invalid):
            exempt_token(actor=admin, token=self.token, reason="Yearly job", until=until + 366 * DAY)
        with self.assertRaises(Invalid):
            exempt_token(actor=admin, token=self.token, reason="Yearly job", until=dt.date(2020, 1, 1))
        exempt_token(actor=admin, token=self.token, reason="Yearly job", until=until)
        [event] = self.assertEvents("token:exempt")
        self.assertEqual(event.reason, "Yearly job")
        self.assertEqual(sum(self.sweep(NAME, day=199).result.values()), 0)
        self.assertEqual(self.sweep(NAME, day=202).result["noticed"], 1)

    def test_an_exemption_can_be_ended(self) -> None:
        admin = self.actor(self.adam)
        exempt_token(actor=admin, token=self.token, reason="Yearly job", until=(timezone.now() + 300 * DAY).date())
        end_exemption(actor=admin, token=self.token)
        self.assertEqual(self.sweep(NAME, day=91).result["noticed"], 1)
        with self.assertRaises(Conflict):
            end_exemption(actor=admin, token=self.token)

    def test_owners_keep_their_own_and_nobody_elses(self) -> None:
        self.forget_events()
        with self.assertRaises(NotAllowed):
            keep_token(actor=self.actor(self.vera), token=self.token)
        with self.assertRaises(NotAllowed):
            exempt_token(
                actor=self.actor(self.dev), token=self.token, reason="I like it", until=timezone.now().date() + DAY
            )
        self.assertEvents("token:keep:denied", "token:exempt:denied")
        keep_token(actor=self.actor(self.adam), token=self.token)

    def test_the_policy_says_how_long_or_never(self) -> None:
        self.acme.stale_token_days = 0
        self.acme.save()
        self.assertEqual(sum(self.sweep(NAME, day=300).result.values()), 0)
        self.acme.stale_token_days = 7
        self.acme.save()
        self.assertEqual(self.sweep(NAME, day=8).result["noticed"], 1)

    def test_for_a_service_its_keeper_or_who_leads_is_told(self) -> None:
        self.of_service("Nightly job", lifetime=YEAR)
        self.sweep(NAME, day=91)
        told = [address for address, subject in self.told() if "Nightly job" in subject]
        self.assertTrue(told in (["olivia@acme.example"], ["adam@acme.example", "olivia@acme.example"]), told)
