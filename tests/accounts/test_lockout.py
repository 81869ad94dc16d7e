"""Five wrong passwords lock an account for fifteen minutes: under every name of the site, known or not."""

import datetime as dt
from unittest import mock

from django.test import override_settings

from accounts.models import User
from keyvault.ids import uuid7
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

SIGN_IN = "/sign-in"
LOCKED = "Too many failed tries"


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional", ALLOWED_HOSTS=["one.example", "two.example", "testserver"])
class LockoutTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.email = f"{uuid7()}@acme.example"  # counters outlive a test
        self.iris = User.objects.create_user(self.email, PASSWORD, "Iris")

    def test_after_five_failures_the_right_password_is_refused_too(self) -> None:
        for _ in range(5):
            self.assertNotIn(LOCKED, self.tried("wrong horse"))
        self.assertEvents(*["person:sign-in:denied"] * 5)
        self.assertIn(LOCKED, self.tried(PASSWORD))
        (told,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((told.reason, told.actor_type), ("locked", "anonymous"))
        self.assertNotIn(self.email.encode(), bytes(told.entry))

    def test_neither_another_address_nor_another_spelling_nor_another_host_gives_more_tries(self) -> None:
        for number in range(5):
            self.tried("wrong horse", host=("one.example", "two.example")[number % 2])
        for login in (self.email, self.email.upper(), f" {self.email} "):
            with self.subTest(login):
                self.assertIn(LOCKED, self.tried(PASSWORD, login=login, host="testserver"))

    def test_fifteen_minutes_later_the_door_is_open_whatever_was_tried_meanwhile(self) -> None:
        for _ in range(8):
            self.tried("wrong horse")
        with later(minutes=14):
            self.assertIn(LOCKED, self.tried(PASSWORD))
        with later(minutes=15, seconds=5):
            self.assertEqual(self.tried(PASSWORD), "signed in")

    def test_an_unknown_account_is_locked_alike(self) -> None:
        stranger = f"{uuid7()}@nowhere.example"
        answers = [self.tried("wrong horse", login=stranger) for _ in range(6)]
        known = [self.tried("wrong horse") for _ in range(6)]
        self.assertEqual(answers, known)
        self.assertIn(LOCKED, answers[5])

    def tried(self, password: str, *, login: str = "", host: str = "testserver") -> str:
        """From a new address each time; the page's sentence, or that it went through."""
        response = browser().post(SIGN_IN, {"login": login or self.email, "password": password}, headers={"host": host})
        if response.status_code == 302:
            return "signed in"
        return " ".join(response.context["form"].non_field_errors())


def later(**by: int) -> "mock._patch[mock.MagicMock]":
    """The clock of the counters, without the cache's own, which keeps what is counted for longer."""
    import time

    moment = time.time() + dt.timedelta(**by).total_seconds()
    return mock.patch("allauth.core.internal.ratelimit.time.time", return_value=moment)
