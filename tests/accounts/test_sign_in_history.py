"""A person sees every sign-in and every failed one; a device that was never used before is told by mail."""

import datetime as dt
from typing import Any

from axes.models import AccessAttempt
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import SignIn
from accounts.services.sign_ins import forget_old_sign_ins
from tests.accounts.factors import (
    SECOND,
    SIGN_IN,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    wrong_code,
)
from tests.accounts.test_passkeys import give_passkey, shown
from tests.cast import CastTestCase
from tests.web.scene import browser, quickly

HISTORY = "/account/sign-ins"
TOLD = "KeyVault: A sign-in from a new device"


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class HistoryTests(CastTestCase):
    def test_it_says_when_from_where_how_and_how_it_ended(self) -> None:
        key = give_authenticator(give_password(self.dev))
        client = browser(headers={"user-agent": "Firefox of Dev"})
        client.post(SIGN_IN, {"login": self.dev.email, "password": "wrong horse"})
        after_password(self.dev, client)
        client.post(SECOND, {"code": wrong_code(key)})
        client.post(SECOND, {"code": code_of(key)})
        told = [(row.reason, row.method) for row in SignIn.objects.filter(user=self.dev).order_by("id")]
        self.assertEqual(told, [("wrong-password", ""), ("wrong-code", ""), ("", "password+app")])
        shown_page = client.get(HISTORY)
        for words in ("Wrong password", "Right password, wrong code", "Password + Authenticator app", "Firefox of Dev"):
            self.assertContains(shown_page, words)
        self.assertContains(shown_page, client.defaults["REMOTE_ADDR"])

    def test_a_passkey_is_named_as_what_it_is(self) -> None:
        shown(browser(), give_passkey(self.dev))
        self.assertEqual(SignIn.objects.get(user=self.dev).method, "passkey")

    def test_it_is_one_s_own_only(self) -> None:
        after_password(give_password(self.dev), browser(headers={"user-agent": "Firefox of Dev"}))
        self.assertNotContains(after_password(give_password(self.vera)).get(HISTORY), "Firefox of Dev")

    def test_an_unknown_account_has_none(self) -> None:
        browser().post(SIGN_IN, {"login": "nobody@nowhere.example", "password": "wrong horse"})
        self.assertFalse(SignIn.objects.exists())

    def test_tries_during_a_lock_add_nothing(self) -> None:
        give_password(self.dev)
        for _ in range(9):
            browser().post(SIGN_IN, {"login": self.dev.email, "password": "wrong horse"})
        self.assertEqual(SignIn.objects.count(), 5)

    def test_after_a_year_it_is_forgotten_and_failures_after_a_day(self) -> None:
        after_password(give_password(self.dev))
        browser().post(SIGN_IN, {"login": "nobody@nowhere.example", "password": "wrong horse"})
        SignIn.objects.update(at=timezone.now() - dt.timedelta(days=366))
        AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(days=2))
        after_password(self.dev)
        forget_old_sign_ins()
        self.assertEqual((SignIn.objects.count(), AccessAttempt.objects.count()), (1, 0))


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class NewDeviceTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        give_password(self.dev)
        self.first = after_password(self.dev)

    def test_the_very_first_sign_in_tells_nobody(self) -> None:
        self.assertEqual(self.told(), 0)

    def test_another_browser_is_told_and_the_same_one_is_not(self) -> None:
        self.again(self.first)
        self.assertEqual(self.told(), 0)
        other = after_password(self.dev, browser(headers={"user-agent": "Somebody's browser"}))
        self.assertEqual(self.told(), 1)
        self.assertIn("Somebody's browser", str(mail.outbox[-1].body))
        self.again(other)
        self.assertEqual(self.told(), 1)

    def test_what_the_cookie_says_is_believed_only_signed(self) -> None:
        client = browser()
        client.cookies["known-device"] = self.cookie(self.first) + "x"
        after_password(self.dev, client)
        self.assertEqual(self.told(), 1)

    def test_the_cookie_names_nobody_and_opens_nothing(self) -> None:
        value = self.cookie(self.first)
        for part in (self.dev.email, str(self.dev.pk), self.dev.pk.hex):
            self.assertNotIn(part, value)
        client = browser()
        client.cookies["known-device"] = value
        self.assertEqual(client.get("/account").status_code, 302)
        morsel = self.first.cookies["known-device"]
        self.assertEqual((morsel["httponly"], morsel["samesite"], morsel["max-age"]), (True, "Lax", 400 * 86400))

    def test_a_browser_of_two_people_knows_both(self) -> None:
        after_password(give_password(self.vera))
        self.again(self.first, self.vera)
        self.assertEqual(self.told(), 1)
        self.again(self.first)
        self.again(self.first, self.vera)
        self.assertEqual(self.told(), 1)

    def again(self, client: Client, user: Any = None) -> None:
        client.post("/sign-out")
        after_password(user or self.dev, client)

    def told(self) -> int:
        return [message.subject for message in mail.outbox].count(TOLD)

    def cookie(self, client: Client) -> str:
        return client.cookies["known-device"].value
