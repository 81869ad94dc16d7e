"""The networks of an organization: who comes from elsewhere is refused, and a mistake undoes itself."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.test import Client, override_settings

from accounts.models import User
from keyvault.actor import Actor, system
from keyvault.errors import Conflict, Invalid, NotAllowed
from keyvault.jobs.models import Job, State
from keyvault.jobs.runner import run
from orgs.models import Organization
from orgs.services.networks import ROLL_BACK, change_networks, confirm_networks, roll_back_networks
from tests.api.scene import own_cache
from tests.cast import ORIGIN, CastTestCase
from tests.clock import within_a_minute
from tests.tokens.scene import TokenTestCase, later, shown

INSIDE = "203.0.113.0/24"  # where ORIGIN is
ELSEWHERE = "198.51.100.0/24"
LATE = dt.timedelta(minutes=10)


class NetworksTestCase(CastTestCase):
    def from_address(self, user: User, address: str | None) -> Actor:
        return replace(self.actor(user, stepped_up=True), origin=replace(ORIGIN, address=address))

    def change(self, *networks: str) -> Organization:
        return change_networks(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, networks=networks)

    def confirm(self, address: str = "203.0.113.7") -> Organization:
        return confirm_networks(actor=self.from_address(self.olivia, address), org=self.acme)

    def assertNetworks(self, *networks: str, waiting: bool = False) -> None:
        self.acme.refresh_from_db()
        self.assertEqual(self.acme.allowed_networks, list(networks))
        self.assertEqual(self.acme.networks_confirm_by is not None, waiting)

    def run_due(self) -> None:
        """As a worker does after ten minutes; the database's clock is the one that says what is due."""
        Job.objects.filter(kind=ROLL_BACK, state=State.QUEUED).update(run_after=dt.datetime.now(dt.UTC))
        for job in Job.objects.filter(kind=ROLL_BACK, state=State.QUEUED):
            run(job.pk)


class ChangeTests(NetworksTestCase):
    def test_a_change_counts_at_once_and_waits_to_be_confirmed(self) -> None:
        self.change(INSIDE, "2001:db8::1")
        self.assertNetworks("2001:db8::1/128", INSIDE, waiting=True)
        [event] = self.assertEvents("organization:policy")
        details = event.document["details"]
        self.assertEqual(details["allowed_networks"], {"from": [], "to": ["2001:db8::1/128", INSIDE]})
        self.assertTrue(details["confirm_by"])

    def test_confirmed_from_inside_it_stays(self) -> None:
        self.change(INSIDE)
        self.confirm()
        self.run_due()
        self.assertNetworks(INSIDE)
        _, event = self.assertEvents("organization:policy", "organization:policy")
        self.assertIs(event.document["details"]["confirmed"], True)

    def test_unconfirmed_it_comes_back_after_ten_minutes(self) -> None:
        self.change(ELSEWHERE)
        self.forget_events()
        self.run_due()
        self.assertNetworks()
        [event] = self.assertEvents("organization:policy")
        self.assertEqual((event.reason, event.actor_type), ("not-confirmed", "system"))
        self.assertEqual(event.document["details"]["allowed_networks"], {"from": [ELSEWHERE], "to": []})

    def test_the_job_waits_ten_minutes(self) -> None:
        self.change(ELSEWHERE)
        job = Job.objects.get(kind=ROLL_BACK)
        self.assertEqual((job.org_id, job.run_after), (self.acme.pk, self.acme.networks_confirm_by))
        self.assertAlmostEqual((job.run_after - job.created_at).total_seconds(), 600, delta=5)
        run(job.pk)
        self.assertNetworks(ELSEWHERE, waiting=True)

    def test_it_comes_back_though_whoever_changed_it_has_left(self) -> None:
        self.change(ELSEWHERE)
        User.objects.filter(pk=self.olivia.pk).update(is_active=False)
        self.run_due()
        self.assertNetworks()

    def test_a_rollback_that_runs_twice_or_for_an_older_change_does_nothing(self) -> None:
        self.change(ELSEWHERE)
        first = self.acme.networks_confirm_by
        assert first is not None
        with later(dt.timedelta(minutes=1)):
            self.change(INSIDE)
        self.forget_events()
        roll_back_networks(actor=system("tests"), org=self.acme, confirm_by=first)
        self.assertNetworks(INSIDE, waiting=True)
        self.confirm()
        self.run_due()
        self.run_due()
        self.assertNetworks(INSIDE)
        self.assertEvents("organization:policy")

    def test_what_comes_back_is_what_was_confirmed_last(self) -> None:
        self.change(INSIDE)
        self.confirm()
        self.change(ELSEWHERE)
        self.change("192.0.2.0/24")
        self.run_due()
        self.assertNetworks(INSIDE)

    def test_lifting_the_limit_needs_nobody_to_confirm_it(self) -> None:
        self.change(INSIDE)
        self.change()
        self.assertNetworks()
        self.run_due()
        self.assertNetworks()
        with self.assertRaises(Conflict):
            self.confirm()

    def test_it_is_confirmed_from_inside_only_and_in_time(self) -> None:
        self.change(INSIDE)
        self.forget_events()
        for address in ("198.51.100.9", "203.0.114.1", "127.0.0.1"):
            with self.assertRaises(NotAllowed) as refused:
                self.confirm(address)
            self.assertEqual(refused.exception.rule, "confirm-from-inside")
        with later(LATE), self.assertRaises(Conflict):
            self.confirm()
        self.assertEvents(*["organization:policy:denied"] * 3, "organization:policy:error")

    def test_what_is_no_network_is_refused(self) -> None:
        for wrong in ("10.0.0.1/8", "office", "0.0.0.0/0", "::/0", "fe80::1%eth0"):
            with self.subTest(wrong), self.assertRaises(Invalid):
                self.change(wrong)
        self.assertNetworks()
        self.assertNoEvent()

    def test_only_owners_change_and_confirm(self) -> None:
        for user in (self.adam, self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                change_networks(actor=self.actor(user), org=self.acme, networks=[INSIDE])
            with self.assertRaises(NotAllowed):
                confirm_networks(actor=self.actor(user), org=self.acme)
        self.assertNetworks()
        self.assertEvents(*["organization:policy:denied"] * 6)

    def test_a_stolen_session_changes_nothing(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            change_networks(actor=self.actor(self.olivia), org=self.acme, networks=[INSIDE])
        self.assertEqual(refused.exception.rule, "needs-step-up")

    def test_the_same_list_is_no_change(self) -> None:
        self.change(INSIDE)
        self.confirm()
        self.forget_events()
        self.change(INSIDE)
        self.assertNetworks(INSIDE)
        self.assertNoEvent()
        self.assertEqual(Job.objects.filter(kind=ROLL_BACK).count(), 1)


class EnforcedTests(NetworksTestCase, TokenTestCase):
    def setUp(self) -> None:
        self.enterContext(own_cache())  # refusals are folded, and counters outlive a test
        super().setUp()
        Organization.objects.filter(pk=self.acme.pk).update(allowed_networks=[INSIDE])

    def at(self, address: str, user: User) -> Client:
        client = Client(REMOTE_ADDR=address)
        client.force_login(user)
        return client

    def test_a_browser_from_elsewhere_is_refused_with_an_event_and_the_rule(self) -> None:
        client = self.at("198.51.100.9", self.olivia)
        self.forget_events()
        answer = client.get("/o/acme/tokens")
        self.assertContains(answer, "organization-network", status_code=403)
        [event] = self.assertEvents("organization:enter:denied")
        self.assertEqual((event.reason, event.org_id), ("organization-network", self.acme.pk))
        self.assertEqual(event.actor_id, self.olivia.pk)

    def test_from_inside_nothing_is_in_the_way(self) -> None:
        self.assertEqual(self.at("203.0.113.9", self.olivia).get("/o/acme/tokens").status_code, 200)

    def test_loopback_is_an_address_like_any_other(self) -> None:
        self.assertEqual(self.at("127.0.0.1", self.olivia).get("/o/acme/tokens").status_code, 403)

    def test_a_session_that_moves_out_is_refused_at_its_next_request_and_back_inside_goes_on(self) -> None:
        client = self.at("203.0.113.9", self.olivia)
        self.assertEqual(client.get("/o/acme/tokens").status_code, 200)
        self.assertEqual(client.get("/o/acme/tokens", REMOTE_ADDR="198.51.100.9").status_code, 403)
        self.assertEqual(client.get("/o/acme/tokens").status_code, 200)

    def test_after_the_deadline_nobody_waits_for_a_worker(self) -> None:
        change_networks(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, networks=[ELSEWHERE])
        client = self.at("203.0.113.9", self.olivia)
        self.assertEqual(client.get("/o/acme/tokens").status_code, 403)
        self.forget_events()
        with later(LATE):
            self.assertEqual(client.get("/o/acme/tokens").status_code, 200)
        events = self.assertEvents("organization:policy", "token:list")
        self.assertEqual((events[0].reason, events[0].actor_type), ("not-confirmed", "system"))
        self.assertNetworks(INSIDE)

    def test_many_requests_from_elsewhere_are_few_events(self) -> None:
        self.enterContext(within_a_minute())
        client = self.at("198.51.100.9", self.olivia)
        self.forget_events()
        for _ in range(9):
            client.get("/o/acme/tokens")
        self.assertEvents("organization:enter:denied")

    def test_a_spoofed_header_neither_widens_nor_narrows_the_networks(self) -> None:
        outside, inside = self.at("198.51.100.9", self.olivia), self.at("203.0.113.9", self.olivia)
        for spoofed in ("203.0.113.9", "203.0.113.9, 203.0.113.10", "198.51.100.9", "junk"):
            headers = {"X-Forwarded-For": spoofed, "X-Real-IP": spoofed, "Forwarded": f"for={spoofed}"}
            with self.subTest(spoofed):
                self.assertEqual(outside.get("/o/acme/tokens", headers=headers).status_code, 403)
                self.assertEqual(inside.get("/o/acme/tokens", headers=headers).status_code, 200)

    @override_settings(KEYVAULT_TRUSTED_PROXIES=["192.0.2.1"])
    def test_behind_a_trusted_proxy_the_last_hop_before_it_counts(self) -> None:
        client = self.at("192.0.2.1", self.olivia)

        def ask(forwarded: str) -> int:
            return client.get("/o/acme/tokens", headers={"X-Forwarded-For": forwarded}).status_code

        self.assertEqual(ask("203.0.113.9"), 200)
        self.assertEqual(ask("203.0.113.9, 198.51.100.9"), 403)
        self.assertEqual(ask("198.51.100.9, 203.0.113.9"), 200)

    def test_a_token_from_elsewhere_is_refused_with_an_event_and_the_rule(self) -> None:
        issued = self.personal(self.olivia)
        self.forget_events()
        refusal = self.refused(issued, replace(ORIGIN, address="198.51.100.9"))
        self.assertEqual((refusal.status, refusal.rule), (403, "organization-network"))
        self.assertEqual(refusal.extra, {"address": "198.51.100.9"})
        [event] = self.assertEvents("token:authenticate:denied")
        self.assertEqual((event.reason, event.org_id), ("organization-network", self.acme.pk))
        self.assertEqual(self.with_token(issued).id, self.olivia.pk)

    def test_a_service_token_is_no_exception(self) -> None:
        issued = self.of_service()
        self.assertEqual(self.refused(issued, replace(ORIGIN, address="10.0.0.1")).rule, "organization-network")
        self.assertEqual(self.refused(issued, replace(ORIGIN, address=None)).rule, "organization-network")

    def test_the_api_answers_the_same_by_the_fast_path_and_by_the_ordinary_road(self) -> None:
        token = shown(self.personal(self.olivia))
        addresses = ("/api/v1/whoami", "/api/v1/projects/shop/environments/development/values/ANY")
        for path in addresses:
            answer: Any = Client(REMOTE_ADDR="198.51.100.9").get(path, headers={"Authorization": f"Bearer {token}"})
            with self.subTest(path):
                self.assertEqual((answer.status_code, answer.json()["rule"]), (403, "organization-network"))
