"""Twelve hours from the sign-in, less where an organization says so, and who was signed out is told why."""

import datetime as dt
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import BrowserSession
from accounts.services.sessions import end_session, sessions_of
from keyvault.actor import Role
from orgs.models import Organization
from orgs.services.members import add_member
from tests.cast import CastTestCase
from tests.web.scene import browser

HOME = "/account"
POLL = {"X-Poll": "1"}
SECOND = 1 / 60  # of a minute


class LimitTestCase(CastTestCase):
    """The clock stands still but where a test moves it."""

    def setUp(self) -> None:
        super().setUp()
        self.start = timezone.now().replace(microsecond=0)
        self.enterContext(self.at(0))
        self.client = browser(self.dev)
        self.forget_events()

    def at(self, count: float) -> AbstractContextManager[mock.MagicMock]:
        """So many minutes after the beginning."""
        return mock.patch("django.utils.timezone.now", return_value=self.start + dt.timedelta(minutes=count))

    def after(self, count: float, **headers: str) -> Any:
        with self.at(count):
            return self.client.get(HOME, headers=headers)


class IdleTests(LimitTestCase):
    def test_who_stays_away_too_long_is_signed_out_and_told_why(self) -> None:
        answer = self.after(241)
        self.assertContains(answer, "You were away for longer than your organisation permits.", status_code=401)
        self.assertContains(answer, "/sign-in?next=/account", status_code=401)
        [event] = self.assertEvents("session:end")
        self.assertEqual((event.reason, event.actor_type, event.org_id), ("idle", "system", self.acme.pk))
        self.assertEqual(event.address, self.client.defaults["REMOTE_ADDR"])
        self.assertEqual(self.client.get(HOME).status_code, 302)
        self.assertNoEvent()

    def test_the_limit_is_reached_at_its_minute_and_not_before(self) -> None:
        self.assertEqual(self.after(240 - SECOND).status_code, 200)
        self.client = browser(self.dev)
        self.assertEqual(self.after(240).status_code, 401)

    def test_the_smallest_limit_of_the_persons_organizations_counts(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        Organization.objects.filter(pk=self.evil_corp.pk).update(idle_minutes=60)
        self.assertEqual(self.after(59).status_code, 200)
        with self.at(59 + 60):
            self.assertEqual(self.client.get(HOME).status_code, 401)

    def test_a_stricter_policy_counts_for_sessions_that_are_open(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(idle_minutes=60)
        self.assertEqual(self.after(61).status_code, 401)

    def test_who_is_active_stays(self) -> None:
        for passed in (200, 400, 600):
            self.assertEqual(self.after(passed).status_code, 200)

    def test_what_a_page_asks_by_itself_is_no_activity(self) -> None:
        for passed in (60, 120, 180, 239):
            self.assertEqual(self.after(passed, **POLL).status_code, 200)
        self.assertEqual(self.after(240, **POLL).status_code, 401)

    def test_of_two_tabs_the_busy_one_keeps_the_session_and_polls_of_the_other_do_not(self) -> None:
        self.assertEqual(self.after(100).status_code, 200)
        self.assertEqual(self.after(300, **POLL).status_code, 200)
        self.assertEqual(self.after(339).status_code, 200)

    def test_two_tabs_that_come_late_leave_one_event(self) -> None:
        other = Client(REMOTE_ADDR="10.1.2.3")
        other.cookies["keyvault"] = self.client.cookies["keyvault"].value
        with self.at(300):
            first, second = self.client.get(HOME), other.get(HOME)
        self.assertContains(first, "You were away", status_code=401)
        self.assertContains(second, "You were away", status_code=401)
        self.assertEvents("session:end")

    def test_last_seen_is_written_once_a_minute(self) -> None:
        before = BrowserSession.objects.get().seen_at
        self.after(0.5)
        self.assertEqual(BrowserSession.objects.get().seen_at, before)
        self.after(2)
        self.after(2.5)
        self.assertEqual(BrowserSession.objects.get().seen_at - before, dt.timedelta(minutes=2))


class AbsoluteTests(LimitTestCase):
    def test_twelve_hours_after_the_sign_in_it_is_over_however_busy(self) -> None:
        for passed in range(100, 720, 100):
            self.assertEqual(self.after(passed).status_code, 200)
        self.assertEqual(self.after(720 - SECOND).status_code, 200)
        answer = self.after(720)
        self.assertContains(answer, "A session lasts twelve hours at most.", status_code=401)
        [event] = self.assertEvents("session:end")
        self.assertEqual(event.reason, "twelve-hours")

    def test_a_new_key_begins_no_new_twelve_hours(self) -> None:
        with self.at(200):
            self.client.get(HOME)
            session = self.client.session
            session.cycle_key()
            session.save()
            self.client.cookies["keyvault"] = session.session_key or ""
        for passed in (400, 600):
            self.assertEqual(self.after(passed).status_code, 200)
        self.assertEqual(self.after(721).status_code, 401)

    def test_a_new_sign_in_does(self) -> None:
        with self.at(200):
            self.client.force_login(self.dev)
        for passed in (400, 600, 800, 919):
            self.assertEqual(self.after(passed).status_code, 200)
        self.assertEqual(self.after(920).status_code, 401)

    def test_a_clock_that_was_set_back_ends_nothing(self) -> None:
        self.assertEqual(self.after(-30).status_code, 200)
        self.assertEqual(self.after(10).status_code, 200)

    def test_a_session_that_does_not_say_when_it_began_is_none(self) -> None:
        session = self.client.session
        del session["kv_began"]
        session.save()
        self.assertEqual(self.client.get(HOME).status_code, 401)
        self.assertEvents("session:end")


class ToldTests(LimitTestCase):
    def test_who_asked_for_no_page_gets_a_problem_document(self) -> None:
        answer = self.after(300, Accept="application/json")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (401, "application/problem+json"))
        self.assertEqual((answer.json()["rule"], answer.json()["cause"]), ("session-ended", "idle"))

    def test_htmx_is_led_to_the_sign_in(self) -> None:
        answer = self.after(300, **{"HX-Request": "true"})
        self.assertEqual((answer.status_code, answer["HX-Redirect"]), (401, "/sign-in"))

    def test_a_form_that_was_sent_too_late_does_nothing_and_leads_to_the_front_page(self) -> None:
        with self.at(300):
            answer = self.client.post("/account/organization", {"organization": str(self.acme.pk)})
        self.assertContains(answer, "/sign-in?next=/", status_code=401)

    def test_an_end_by_somebody_else_is_told_once(self) -> None:
        end_session(actor=self.actor(self.olivia), session=sessions_of(self.dev)[0], cause="offboarded")
        self.assertContains(self.client.get(HOME), "no longer reaches the organisation", status_code=401)
        self.assertEqual(self.client.get(HOME).status_code, 302)

    def test_a_browser_that_signed_out_is_told_nothing(self) -> None:
        self.client.post("/sign-out")
        self.assertEqual(self.client.get(HOME).status_code, 302)

    def test_a_cookie_that_nobody_was_given_is_an_ordinary_stranger(self) -> None:
        stranger = browser()
        stranger.cookies["keyvault"] = "a" * 32
        self.assertEqual(stranger.get(HOME).status_code, 302)

    def test_probes_and_the_api_know_no_sessions(self) -> None:
        with self.at(300):
            self.assertEqual(self.client.get("/healthz").status_code, 200)
            self.assertEqual(self.client.get("/api/v1/whoami").status_code, 401)
        self.assertEqual(Session.objects.count(), 1)
