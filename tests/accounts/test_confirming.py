"""Where addresses must be confirmed, a link from a mail opens a page, and only its button confirms."""

import re

from django.core import mail
from django.test import override_settings

from accounts.models import User
from keyvault.ids import uuid7
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

LINK = re.compile(r"https?://\S+")


@quickly
@override_settings(
    KEYVAULT_SIGNUP="open", KEYVAULT_URL="https://vault.acme.example", ACCOUNT_EMAIL_VERIFICATION="mandatory"
)
class ConfirmingTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.email = f"{uuid7()}@new.example"  # one mail in some minutes is sent to an address
        passwords = {"password1": PASSWORD, "password2": PASSWORD}
        browser().post("/sign-up", {"organization": "New Ltd", "name": "Iris", "email": self.email, **passwords})
        self.link = LINK.findall(str(mail.outbox[-1].body))[0].removeprefix("https://vault.acme.example")
        self.forget_events()

    def test_looking_confirms_nothing_and_the_button_does(self) -> None:
        client = browser()
        self.assertContains(client.get(self.link), self.email)
        self.assertNoEvent()
        self.assertFalse(self.signs_in())
        self.assertEqual(client.post(self.link)["Location"], "/sign-in")
        self.assertEventsInclude("person:address-confirm")
        self.assertTrue(self.signs_in())

    def test_the_right_password_before_that_opens_no_session_and_is_an_event(self) -> None:
        iris = User.objects.create_user(f"{uuid7()}@acme.example", PASSWORD)
        response = browser().post("/sign-in", {"login": iris.email, "password": PASSWORD})
        self.assertEqual(response["Location"], "/confirm-email")
        (event,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((event.reason, event.document["about"]["name"]), ("address-not-confirmed", iris.email))

    def test_a_link_that_was_tampered_with_says_so(self) -> None:
        self.assertContains(browser().get(f"{self.link}x"), "This link has been used")
        self.assertEqual(browser().post(f"{self.link}x").status_code, 404)
        self.assertNoEvent()

    def test_the_event_is_in_the_log_of_the_organization(self) -> None:
        browser().post(self.link)
        user = User.objects.get(email=self.email)
        (event,) = self.assertEvents("person:address-confirm")
        self.assertEqual(event.org_id, self.membership(user).org_id)

    def signs_in(self) -> bool:
        response = browser().post("/sign-in", {"login": self.email, "password": PASSWORD})
        return response.status_code == 302 and response["Location"] == "/"
