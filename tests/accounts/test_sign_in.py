"""Signing in is an event, a wrong password too; what was typed is in none; and nobody is led off the site."""

from urllib.parse import urlsplit

from django.test import override_settings

from accounts.models import User
from audit.services import digest_of
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

SIGN_IN = "/sign-in"
TYPED = "hunter2-typed-into-the-wrong-field@nowhere.example"


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class SignInTests(CastTestCase):
    iris: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.iris = User.objects.create_user("iris@acme.example", PASSWORD, "Iris")

    def test_the_right_password_signs_in(self) -> None:
        client = browser()
        response = client.post(SIGN_IN, {"login": "IRIS@acme.example", "password": PASSWORD})
        self.assertEqual((response.status_code, response["Location"]), (302, "/"))
        (event,) = self.assertEvents("person:sign-in")
        self.assertEqual((event.actor_id, event.document["about"]["name"]), (self.iris.pk, self.iris.email))
        self.assertEqual(event.address, client.defaults["REMOTE_ADDR"])

    def test_a_wrong_password_is_an_event_of_the_account(self) -> None:
        client = browser()
        response = client.post(SIGN_IN, {"login": self.iris.email, "password": "wrong horse"})
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("_auth_user_id", client.session)
        (event,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((event.actor_type, event.reason), ("anonymous", "wrong-password"))
        self.assertEqual(event.document["about"]["name"], self.iris.email)
        self.assertNotIn(b"wrong horse", bytes(event.entry))

    def test_of_an_unknown_account_only_a_keyed_digest_is_kept(self) -> None:
        browser().post(SIGN_IN, {"login": TYPED, "password": "wrong horse"})
        (event,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((event.actor_type, event.reason), ("anonymous", "unknown-account"))
        self.assertEqual(event.document["details"]["identifier"], digest_of(TYPED))
        for part in (TYPED, "hunter2", "wrong horse"):
            self.assertNotIn(part, bytes(event.entry).decode())
            self.assertNotIn(part, event.reason)

    def test_known_and_unknown_accounts_get_one_answer(self) -> None:
        answers = [
            browser().post(SIGN_IN, {"login": login, "password": "wrong horse"}).context["form"].errors
            for login in (self.iris.email, TYPED)
        ]
        self.assertEqual(answers[0], answers[1])
        self.assertTrue(answers[0])

    def test_signing_out_takes_a_post_and_is_an_event(self) -> None:
        client = browser(self.iris)
        self.forget_events()
        client.get("/sign-out")
        self.assertIn("_auth_user_id", client.session)
        client.post("/sign-out")
        self.assertNotIn("_auth_user_id", client.session)
        self.assertEvents("person:sign-out")

    def test_next_leads_to_a_page_of_this_site_only(self) -> None:
        self.assertEqual(self.led_to("/o/acme/tokens"), "/o/acme/tokens")
        for elsewhere in (
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:x",
        ):
            with self.subTest(elsewhere):
                place = urlsplit(self.led_to(elsewhere))
                self.assertEqual((place.scheme, place.netloc, place.path), ("", "", "/"))

    def led_to(self, following: str) -> str:
        fields = {"login": self.iris.email, "password": PASSWORD, "next": following}
        return browser().post(SIGN_IN, fields)["Location"]

    def test_a_form_of_another_site_is_refused(self) -> None:
        client = browser(enforce_csrf_checks=True)
        fields = {"login": self.iris.email, "password": PASSWORD}
        self.assertEqual(client.post(SIGN_IN, fields).status_code, 403)
        self.assertNoEvent()
        client.get(SIGN_IN)
        fields["csrfmiddlewaretoken"] = client.cookies["csrf"].value
        self.assertEqual(client.post(SIGN_IN, fields).status_code, 302)
        self.assertEvents("person:sign-in")

    def test_the_session_is_a_new_one(self) -> None:
        client = browser()
        client.get(SIGN_IN)
        before = client.session.session_key
        client.post(SIGN_IN, {"login": self.iris.email, "password": PASSWORD})
        self.assertNotEqual(client.session.session_key, before)
        cookie = client.cookies["keyvault"]
        self.assertTrue(cookie["httponly"])
        self.assertEqual(cookie["samesite"], "Lax")
