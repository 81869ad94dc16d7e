"""An organization that requires a second factor: nothing opens without it but the way to it and the way out."""

from django.test import override_settings
from django.urls import get_resolver, reverse

from keyvault.actor import Role
from keyvault.flows.mfa_policy import OPEN
from orgs.services.members import add_member
from tests.accounts.factors import (
    FACTORS,
    STEP_UP,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    verified,
)
from tests.cast import CastTestCase
from tests.web.scene import KEYS, browser, page, quickly


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class MfaRequiredTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.acme.mfa_required = True
        self.acme.save(update_fields=["mfa_required"])

    def test_who_has_none_is_led_to_set_one_up(self) -> None:
        client = after_password(give_password(self.dev))
        for address in ("/", "/account", KEYS, "/password"):
            with self.subTest(address):
                self.assertRedirects(client.get(address), FACTORS)
        self.assertContains(client.get(FACTORS), "Acme requires a second factor.")
        self.assertEqual(client.post(KEYS + "/new", {"name": "x"}).status_code, 302)
        self.assertEqual(client.post("/sign-out").status_code, 302)

    def test_what_is_for_anybody_opens_without_one(self) -> None:
        client = after_password(give_password(self.dev))
        for address in ("/status", "/privacy", "/terms", "/feedback"):
            self.assertEqual(client.get(address).status_code, 200, address)

    def test_and_goes_on_once_it_is_set_up(self) -> None:
        client = after_password(give_password(self.dev))
        address = client.post(f"{FACTORS}/authenticators")["Location"]
        key = page(client.get(address)).texts["key"].replace(" ", "")
        self.assertEqual(client.post(address, {"code": code_of(key)}).status_code, 201)
        self.assertEqual(client.get(KEYS).status_code, 200)

    def test_who_has_one_but_has_not_shown_it_in_this_session_shows_it(self) -> None:
        key = give_authenticator(self.dev)
        client = browser(self.dev)
        self.assertEqual(client.get(KEYS)["Location"], f"{STEP_UP}?next=%2Fo%2Facme%2Ftokens")
        client.post(STEP_UP, {"code": code_of(key), "next": KEYS})
        self.assertEqual(client.get(KEYS).status_code, 200)

    def test_who_has_shown_it_notices_nothing(self) -> None:
        key = give_authenticator(give_password(self.dev))
        self.assertEqual(verified(self.dev, key).get(KEYS).status_code, 200)

    def test_one_such_organization_among_several_is_enough(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        client = browser(self.dev)
        session = client.session
        session["organization"] = str(self.evil_corp.pk)
        session.save()
        self.assertRedirects(client.get(KEYS), FACTORS)

    def test_others_are_not_asked(self) -> None:
        self.assertEqual(browser(self.mallory).get("/o/evil-corp/tokens").status_code, 200)
        self.assertEqual(browser().get("/sign-in").status_code, 200)

    def test_htmx_is_told_where_to_go(self) -> None:
        answer = browser(self.dev).get(KEYS, headers={"hx-request": "true"})
        self.assertEqual((answer.status_code, answer["HX-Redirect"]), (401, FACTORS))

    def test_what_stays_open_is_this_and_no_more(self) -> None:
        """Whoever adds to the list adds here, and has looked at what the page shows to who knows only a password."""
        self.assertLessEqual(
            OPEN,
            {
                "account_logout",
                "add-authenticator",
                "add-passkey",
                "begin-passkey",
                "confirm-password",
                "factors",
                "feedback",
                "healthz",
                "make-recovery-codes",
                "passkey-answer",
                "passkey-challenge",
                "privacy",
                "readyz",
                "set-up-authenticator",
                "status",
                "step-up",
                "terms",
            },
        )
        known = get_resolver().reverse_dict
        self.assertTrue(all(name in known for name in OPEN))
        self.assertEqual(browser(self.dev).get(reverse("healthz")).status_code, 200)
