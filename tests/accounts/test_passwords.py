"""Changing and resetting a password: by mail, once, from the configured address; each in the log with its event."""

import re
from smtplib import SMTPServerDisconnected
from typing import Any
from unittest import mock

from django.core import mail
from django.test import Client, override_settings

from accounts.models import User
from audit.services import digest_of
from keyvault.errors import Unavailable
from keyvault.ids import uuid7
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

ASK = "/password-reset"
NEW = "another horse, another staple"
LINK = re.compile(r"https?://\S+")


@quickly
@override_settings(KEYVAULT_URL="https://vault.acme.example", ACCOUNT_EMAIL_VERIFICATION="optional")
class ResetTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.olivia.email = f"{uuid7()}@acme.example"  # mails to one address are counted, and counters outlive a test
        self.olivia.set_password(PASSWORD)
        self.olivia.save()

    def test_a_link_from_a_mail_sets_a_new_password_once(self) -> None:
        link = self.link()
        self.forget_events()
        client, form = self.opened(link)
        self.assertEqual(client.post(form, {"password1": NEW, "password2": NEW}).status_code, 302)
        (event,) = self.assertEvents("person:password-reset")
        self.assertEqual((event.org_id, event.actor_id), (self.acme.pk, self.olivia.pk))
        self.assertTrue(self.signs_in(NEW))
        self.assertFalse(self.signs_in(PASSWORD))
        self.assertContains(browser().get(link), "This link has been used")
        self.assertEqual(mail.outbox[-1].subject, "KeyVault: Your password was reset")

    def test_the_link_begins_with_the_configured_address_whatever_host_was_asked(self) -> None:
        with override_settings(ALLOWED_HOSTS=["other.example"]):
            browser().post(ASK, {"email": self.olivia.email}, headers={"host": "other.example"})
        (sent,) = mail.outbox
        links = LINK.findall(str(sent.body))
        self.assertTrue(links[0].startswith("https://vault.acme.example/password-reset/"))
        self.assertEqual(links[1:], ["https://vault.acme.example"])
        self.assertNotIn("other.example", str(sent.message()))

    def test_asking_is_an_event_by_name_of_an_account_and_by_digest_of_none(self) -> None:
        browser().post(ASK, {"email": self.olivia.email})
        (known,) = self.assertEvents("person:password-reset-request")
        self.assertEqual((known.org_id, known.document["about"]["name"]), (self.acme.pk, self.olivia.email))
        self.assertEqual(known.actor_type, "anonymous")
        stranger = f"{uuid7()}@nowhere.example"
        browser().post(ASK, {"email": stranger})
        (unknown,) = self.assertEvents("person:password-reset-request:denied")
        self.assertEqual(unknown.document["details"]["identifier"], digest_of(stranger))
        self.assertNotIn(stranger.encode(), bytes(unknown.entry))

    def test_a_weak_password_is_refused_and_the_link_still_works(self) -> None:
        client, form = self.opened(self.link())
        self.assertContains(client.post(form, {"password1": "short", "password2": "short"}), "at least 12")
        self.assertEqual(client.post(form, {"password1": NEW, "password2": NEW}).status_code, 302)

    def test_a_reset_unlocks_the_account(self) -> None:
        iris = User.objects.create_user(f"{uuid7()}@acme.example", PASSWORD)
        for _ in range(6):
            self.signs_in("wrong horse", iris)
        self.assertFalse(self.signs_in(PASSWORD, iris))
        client, form = self.opened(self.link(iris))
        client.post(form, {"password1": NEW, "password2": NEW})
        self.assertTrue(self.signs_in(NEW, iris))

    def test_a_mail_server_that_is_away_tells_known_from_unknown_to_nobody(self) -> None:
        with mock.patch("django.core.mail.EmailMessage.send", side_effect=SMTPServerDisconnected):
            answers = [
                (answer.status_code, answer["Location"])
                for email in (self.olivia.email, "nobody@nowhere.example")
                for answer in [browser().post(ASK, {"email": email})]
            ]
        self.assertEqual(answers[0], answers[1])

    def link(self, user: User | None = None) -> str:
        """The path of the link in the mail."""
        browser().post(ASK, {"email": (user or self.olivia).email})
        link: str = LINK.findall(str(mail.outbox[-1].body))[0]
        return link.removeprefix("https://vault.acme.example")

    def opened(self, link: str) -> tuple[Client, str]:
        """Opening it leads to an address without the secret."""
        client = browser()
        form = client.get(link)["Location"]
        self.assertTrue(form.endswith("-set-password"))
        return client, form

    def signs_in(self, password: str, user: User | None = None) -> bool:
        login = (user or self.olivia).email
        return browser().post("/sign-in", {"login": login, "password": password}).status_code == 302


@quickly
class ChangeTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.olivia.set_password(PASSWORD)
        self.olivia.save()
        self.client = browser(self.olivia)
        self.forget_events()

    def test_a_change_is_an_event_and_ends_the_other_sessions(self) -> None:
        other = browser(self.olivia)
        self.forget_events()
        self.assertEqual(self.change(PASSWORD).status_code, 302)
        event, _ = self.assertEvents("person:password-change", "session:end")
        self.assertEqual((event.org_id, event.actor_id), (self.acme.pk, self.olivia.pk))
        self.assertEqual(other.get("/account").status_code, 401)
        self.assertEqual(self.client.get("/account").status_code, 200)
        self.assertNotIn(NEW.encode(), bytes(event.entry))

    def test_a_guess_of_the_current_one_is_an_event_and_changes_nothing(self) -> None:
        self.assertContains(self.change("wrong horse"), "This is not your current password.")
        (event,) = self.assertEvents("person:password-change:denied")
        self.assertEqual(event.reason, "wrong-password")
        self.olivia.refresh_from_db()
        self.assertTrue(self.olivia.check_password(PASSWORD))

    def test_without_its_event_there_is_no_change(self) -> None:
        with mock.patch("keyvault.flows.person_events.record_many", side_effect=Unavailable("No log.")):
            self.assertEqual(self.change(PASSWORD).status_code, 503)
        self.olivia.refresh_from_db()
        self.assertTrue(self.olivia.check_password(PASSWORD))

    def change(self, current: str) -> Any:
        return self.client.post("/password", {"oldpassword": current, "password1": NEW, "password2": NEW})
