"""Five wrong passwords lock an account for fifteen minutes: under every name of the site, known or not."""

import datetime as dt
from typing import Any
from unittest import mock

from axes.models import AccessAttempt
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from audit.services import digest_of
from keyvault.ids import uuid7
from tests.accounts.factors import SECOND, after_password, code_of, give_authenticator
from tests.api.scene import own_cache
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

SIGN_IN = "/sign-in"
LOCKED = "Too many failed tries"


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional", ALLOWED_HOSTS=["one.example", "two.example", "testserver"])
class LockoutTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(own_cache())  # refusals are folded, and counters outlive a test
        self.email = f"{uuid7()}@acme.example"  # mails to one address are counted, and counters outlive a test
        self.iris = User.objects.create_user(self.email, PASSWORD, "Iris")

    def test_after_five_failures_the_right_password_is_refused_too(self) -> None:
        self.assertEqual([self.tried("wrong horse") for _ in range(5)], ["wrong"] * 4 + ["locked"])
        self.assertEvents(*["person:sign-in:denied"] * 5)
        self.assertEqual(self.tried(PASSWORD), "locked")
        (told,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((told.reason, told.actor_type), ("locked", "anonymous"))
        self.assertNotIn(self.email.encode(), bytes(told.entry))

    def test_the_answer_is_429_and_says_when_to_come_back(self) -> None:
        for _ in range(5):
            answer = self.answer("wrong horse")
        again = self.answer(PASSWORD)
        for each in (answer, again):
            self.assertEqual(each.status_code, 429)
            self.assertTrue(890 <= int(each["Retry-After"]) <= 900)
            self.assertContains(each, "use a passkey, or reset the password", status_code=429)

    def test_neither_another_address_nor_another_spelling_nor_another_host_gives_more_tries(self) -> None:
        for number in range(5):
            self.tried("wrong horse", host=("one.example", "two.example")[number % 2])
        for login in (self.email, self.email.upper(), f" {self.email} "):
            with self.subTest(login):
                self.assertEqual(self.tried(PASSWORD, login=login, host="testserver"), "locked")

    def test_neither_another_agent_nor_a_made_up_forwarding_gives_more_tries(self) -> None:
        for number in range(5):
            headers = {"user-agent": f"Agent {number}", "x-forwarded-for": f"198.51.100.{number}"}
            browser().post(SIGN_IN, {"login": self.email, "password": "wrong horse"}, headers=headers)
        self.assertEqual(self.tried(PASSWORD), "locked")
        self.assertFalse(AccessAttempt.objects.filter(ip_address__startswith="198.51.100.").exists())

    def test_fifteen_minutes_later_the_door_is_open_whatever_was_tried_meanwhile(self) -> None:
        for _ in range(5):
            self.tried("wrong horse")
        with later(minutes=10):
            self.assertEqual([self.tried("wrong horse") for _ in range(3)], ["locked"] * 3)
        with later(minutes=14):
            self.assertEqual(self.tried(PASSWORD), "locked")
        with later(minutes=15, seconds=5):
            self.assertEqual(self.tried(PASSWORD), "signed in")

    def test_an_unknown_account_is_locked_alike(self) -> None:
        stranger = f"{uuid7()}@nowhere.example"
        answers = [self.tried("wrong horse", login=stranger) for _ in range(6)]
        known = [self.tried("wrong horse") for _ in range(6)]
        self.assertEqual(answers, known)
        self.assertEqual(answers[5], "locked")

    def test_the_tables_of_the_lock_name_nobody(self) -> None:
        for login in (self.email, "hunter2-typed-into-the-wrong-field@nowhere.example"):
            browser().post(
                f"{SIGN_IN}?email={login}",
                {"login": login, "password": "wrong horse", "next": f"/{login}"},
            )
        rows = list(AccessAttempt.objects.values_list())
        self.assertEqual(len(rows), 2)
        for part in (self.email, "hunter2", "wrong horse"):
            self.assertNotIn(part, str(rows))
        self.assertTrue(AccessAttempt.objects.filter(username=digest_of(self.email)).exists())

    def test_signing_in_forgets_the_failures_before(self) -> None:
        for _ in range(4):
            self.tried("wrong horse")
        self.assertEqual(self.tried(PASSWORD), "signed in")
        self.assertEqual([self.tried("wrong horse") for _ in range(4)], ["wrong"] * 4)

    def test_a_right_password_without_the_second_factor_forgets_nothing(self) -> None:
        give_authenticator(self.iris)
        for _ in range(4):
            self.tried("wrong horse")
        after_password(self.iris)
        self.assertEqual(self.tried("wrong horse"), "locked")

    def test_a_reset_unlocks(self) -> None:
        for _ in range(5):
            self.tried("wrong horse")
        browser().post("/password-reset", {"email": self.email})
        client = browser()
        path = str(mail.outbox[-1].body).split("/password-reset/")[1].split()[0]
        form = client.get(f"/password-reset/{path}")["Location"]
        new = "another horse, another staple"
        self.assertEqual(client.post(form, {"password1": new, "password2": new}).status_code, 302)
        self.assertEqual(self.tried(new), "signed in")

    def test_who_is_past_the_password_goes_on_whatever_others_try(self) -> None:
        """Knowing an address is not enough to keep its owner out."""
        key = give_authenticator(self.iris)
        client = after_password(self.iris)
        for _ in range(6):
            self.tried("wrong horse")
        client.post(SECOND, {"code": code_of(key)})
        self.assertIn("_auth_user_id", client.session)

    def tried(self, password: str, *, login: str = "", host: str = "testserver") -> str:
        """From a new address each time."""
        response = self.answer(password, login=login, host=host)
        return {302: "signed in", 429: "locked", 200: "wrong"}[response.status_code]

    def answer(self, password: str, *, login: str = "", host: str = "testserver") -> Any:
        return browser().post(SIGN_IN, {"login": login or self.email, "password": password}, headers={"host": host})


def later(**by: int) -> "mock._patch[mock.MagicMock]":
    """The clock of the lock. What counts then is the time of each try, and of nothing else."""
    moment = timezone.now() + dt.timedelta(**by)
    return mock.patch("axes.handlers.proxy.now", return_value=moment)
