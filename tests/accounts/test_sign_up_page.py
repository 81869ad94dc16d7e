"""The sign-up page makes a person and an organization at once, or says why not, to nobody's harm."""

import re
from typing import Any

from django.core import mail
from django.test import override_settings
from django.urls import reverse

from accounts.models import User
from keyvault.actor import Role
from keyvault.ids import uuid7
from keyvault.keyring import ring
from orgs.models import Organization
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, page

SIGN_UP, RESET = "/sign-up", "/password-reset"


def typed(**changes: str) -> dict[str, str]:
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    return {"organization": "New Ltd", "name": "Iris", "email": "iris@new.example", **passwords} | changes


@override_settings(KEYVAULT_SIGNUP="open", ACCOUNT_EMAIL_VERIFICATION="optional")
class OpenTests(CastTestCase):
    def test_one_post_makes_person_organization_owner_and_keys_and_signs_in(self) -> None:
        client = browser()
        response = client.post(SIGN_UP, typed())
        self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
        user = User.objects.get(email="iris@new.example")
        membership = self.membership(user)
        self.assertEqual((user.name, membership.role, membership.org.name), ("Iris", Role.OWNER, "New Ltd"))
        self.assertIsNotNone(ring.fingerprint(membership.org_id, b"the organization has keys of its own"))
        _, joined, signed_in = self.assertEvents("organization:create", "person:sign-up", "person:sign-in")
        self.assertEqual((joined.org_id, signed_in.actor_id), (membership.org_id, user.pk))
        self.assertContains(client.get("/account"), "New Ltd")

    def test_the_password_is_kept_by_argon2id_only(self) -> None:
        browser().post(SIGN_UP, typed())
        kept = User.objects.get(email="iris@new.example").password
        self.assertRegex(kept, r"^argon2\$argon2id\$v=19\$m=\d{5,},t=\d+,p=\d+\$")
        self.assertFalse([event for event in self.events() if PASSWORD.encode() in bytes(event.entry)])

    def test_what_does_not_print_is_refused_at_its_field(self) -> None:
        for field in ("name", "organization"):
            for text in ("bell\x07", "turned\u202eround", "two\nlines", "nothing\x00"):
                with self.subTest(field, text=text):
                    self.assertRefused(typed(**{field: text}), field)

    def test_a_weak_password_is_refused_at_its_field(self) -> None:
        for weak in ("short", "123456789012", "password1234"):
            with self.subTest(weak):
                self.assertRefused(typed(password1=weak, password2=weak), "password1")

    def assertRefused(self, fields: dict[str, str], field: str) -> None:
        response = browser().post(SIGN_UP, fields)
        errors: Any = response.context["form"].errors
        self.assertEqual(list(errors), [field])
        self.assertTrue(page(response).texts[f"id_{field}_error"])
        self.assertFalse(User.objects.filter(email="iris@new.example").exists())
        self.assertFalse(Organization.objects.filter(slug="new-ltd").exists())
        self.assertNoEvent()


class ClosedTests(CastTestCase):
    def test_by_invitation_only_and_after_the_first_the_page_is_closed(self) -> None:
        for mode in ("invite", "first"):
            with self.subTest(mode), override_settings(KEYVAULT_SIGNUP=mode):
                client = browser()
                self.assertTemplateUsed(client.get(SIGN_UP), "account/signup_closed.html")
                self.assertTemplateUsed(client.post(SIGN_UP, typed()), "account/signup_closed.html")
                self.assertNotContains(client.get("/"), SIGN_UP)
                self.assertFalse(User.objects.filter(email="iris@new.example").exists())
                self.assertNoEvent("organization:create", "person:sign-up")


@override_settings(KEYVAULT_SIGNUP="open", ACCOUNT_EMAIL_VERIFICATION="mandatory")
class WhoHasAnAccountTests(CastTestCase):
    """With confirmed addresses nobody learns from a page who is here; the mail tells the one who may know."""

    def test_sign_up_answers_alike_for_a_known_and_an_unknown_address(self) -> None:
        stranger = f"{uuid7()}@new.example"  # one confirmation in some minutes is sent to an address
        unknown, known = (self.answer(SIGN_UP, typed(email=email)) for email in (stranger, self.olivia.email))
        self.assertEqual(unknown, known)
        self.assertEqual([message.to for message in mail.outbox], [[stranger], [self.olivia.email]])
        self.assertEqual(Organization.objects.filter(name="New Ltd").count(), 1)

    def test_reset_answers_alike_for_a_known_and_an_unknown_address(self) -> None:
        unknown, known = (self.answer(RESET, {"email": email}) for email in ("iris@new.example", self.olivia.email))
        self.assertEqual(unknown, known)
        self.assertEqual([message.to for message in mail.outbox], [[self.olivia.email]])

    def test_nobody_is_signed_in_before_the_address_is_confirmed(self) -> None:
        client = browser()
        client.post(SIGN_UP, typed())
        self.assertNotIn("_auth_user_id", client.session)
        self.assertNoEvent("person:sign-in")

    def answer(self, address: str, fields: dict[str, str]) -> tuple[int, str, int, str]:
        """Both answers, the second whole but for the form tokens and without the address that was typed."""
        client = browser()
        response = client.post(address, fields)
        shown = client.get(response["Location"])
        self.assertContains(shown, "Look into your mail")
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", shown.content.decode())
        return response.status_code, response["Location"], shown.status_code, text.replace(fields["email"], "")
