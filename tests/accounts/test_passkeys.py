"""Passkeys: made only by their owner; shown at first, as a second step, or again in an open session."""

from typing import Any

from django.core import mail
from django.test import Client, override_settings
from django.urls import NoReverseMatch, get_resolver, reverse
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import User
from accounts.services.factors import has_factor
from keyvault.flows.step_up import STEPPED_UP_AT
from tests.accounts.authenticator import Authenticator
from tests.accounts.factors import (
    FACTORS,
    SECOND,
    STEP_UP,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    later,
    verified,
)
from tests.cast import CastTestCase
from tests.web.scene import KEYS, browser, quickly

PASSKEYS = f"{FACTORS}/passkeys"
CREATION = f"{PASSKEYS}/challenge"
ANSWER = "/sign-in/passkey"
CHALLENGE = f"{ANSWER}/challenge"


def give_passkey(user: User, *, client: Client | None = None) -> Authenticator:
    """As the page makes one, in a session that has just begun."""
    client, key = client or browser(user), Authenticator()
    made = client.post(PASSKEYS, {"credential": key.create(client.post(CREATION).json()), "name": "Blue key"})
    assert made.status_code in (201, 302), made.content
    return key


def shown(client: Client, key: Authenticator, **fields: str) -> Any:
    return client.post(ANSWER, {"credential": key.get(client.post(CHALLENGE).json()), **fields})


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class RegistrationTests(CastTestCase):
    def test_the_first_one_verifies_the_session_and_comes_with_recovery_codes(self) -> None:
        client, key = browser(self.dev), Authenticator()
        options = client.post(CREATION).json()
        self.assertEqual(options["authenticatorSelection"]["userVerification"], "required")
        self.forget_events()
        answer = client.post(PASSKEYS, {"credential": key.create(options), "name": "Blue key"})
        self.assertContains(answer, "Your recovery codes", status_code=201)
        added, _ = self.assertEvents("person:factor-add", "person:recovery-codes")
        self.assertEqual(added.document["details"], {"factor": "passkey", "name": "Blue key"})
        self.assertEqual(mail.outbox[-1].subject, "KeyVault: A second factor was added")
        self.assertIn(STEPPED_UP_AT, client.session)
        self.assertContains(client.get(FACTORS), "Blue key")

    def test_one_without_user_verification_is_refused(self) -> None:
        client = browser(self.dev)
        key = Authenticator(verifies=False)
        answer = client.post(PASSKEYS, {"credential": key.create(client.post(CREATION).json())})
        self.assertContains(answer, "The passkey was not accepted.", status_code=422)
        self.assertFalse(has_factor(self.dev))

    def test_one_made_on_another_site_is_refused(self) -> None:
        client = browser(self.dev)
        key = Authenticator(origin="https://evil.example")
        self.assertEqual(self.made(client, key.create(client.post(CREATION).json())), 422)

    def test_an_answer_counts_once_and_for_who_asked(self) -> None:
        client, key = browser(self.dev), Authenticator()
        answer = key.create(client.post(CREATION).json())
        vera = browser(self.vera)
        vera.post(CREATION)
        self.assertEqual(self.made(vera, answer), 422)
        self.assertEqual(self.made(client, answer), 201)
        self.assertEqual(self.made(client, answer), 422)
        self.assertFalse(has_factor(self.vera))

    def test_a_challenge_of_a_sign_in_makes_no_passkey(self) -> None:
        client, key = browser(self.dev), Authenticator()
        options = client.post(CHALLENGE).json()
        options |= {"rp": {"id": options["rpId"]}, "user": {"id": "eA"}}
        self.assertEqual(self.made(client, key.create(options)), 422)

    def test_a_late_answer_is_refused(self) -> None:
        client, key = browser(self.dev), Authenticator()
        options = client.post(CREATION).json()
        session = client.session
        session["kv_passkey"] = {**session["kv_passkey"], "at": session["kv_passkey"]["at"] - 301}
        session.save()
        self.assertEqual(self.made(client, key.create(options)), 422)

    def test_nonsense_is_refused(self) -> None:
        client = browser(self.dev)
        for nonsense in ("", "{}", "[]", "null", "not json", '{"id": 1}', '{"id":"a","rawId":"b","response":[]}'):
            with self.subTest(nonsense):
                client.post(CREATION)
                self.assertEqual(self.made(client, nonsense), 422)

    def test_who_has_a_factor_and_has_not_shown_it_adds_none(self) -> None:
        give_authenticator(self.dev)
        client = browser(self.dev)
        for answer in (client.get(PASSKEYS), client.post(CREATION), client.post(PASSKEYS, {"credential": "{}"})):
            self.assertEqual(answer["Location"][: len(STEP_UP)], STEP_UP)

    def test_an_old_session_without_a_factor_gives_the_password_first(self) -> None:
        client = browser(self.dev)
        with later(301):
            self.assertEqual(client.post(CREATION)["Location"][:25], "/account/confirm-password")

    def test_under_another_name_the_page_says_where_passkeys_work(self) -> None:
        self.assertContains(browser(self.dev).get(PASSKEYS), "Passkeys belong to the name")
        with override_settings(OTP_WEBAUTHN_RP_ID="testserver"):
            self.assertNotContains(browser(self.dev).get(PASSKEYS), "Passkeys belong to the name")

    def made(self, client: Client, answer: str) -> int:
        return client.post(PASSKEYS, {"credential": answer}).status_code


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class PasskeyFirstTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_passkey(self.dev)
        self.forget_events()

    def test_it_signs_in_without_a_password_verified_and_stepped_up(self) -> None:
        client = browser()
        self.assertEqual(shown(client, self.key)["Location"], "/")
        self.assertIn("otp_device_id", client.session)
        self.assertIn(STEPPED_UP_AT, client.session)
        self.assertEqual(client.get(KEYS).status_code, 200)
        self.assertEvents("person:sign-in", "token:list")

    def test_the_session_has_a_new_key(self) -> None:
        client = browser()
        client.post(CHALLENGE)
        before = client.session.session_key
        shown(client, self.key)
        self.assertNotEqual(client.session.session_key, before)

    def test_next_leads_to_a_page_of_this_site_only(self) -> None:
        self.assertEqual(shown(browser(), self.key, next=KEYS)["Location"], KEYS)
        for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
            self.assertEqual(shown(browser(), self.key, next=elsewhere)["Location"], "/")

    def test_the_challenge_of_nobody_names_no_credential(self) -> None:
        options = browser().post(CHALLENGE).json()
        self.assertEqual(options.get("allowCredentials", []), [])
        self.assertEqual(options["userVerification"], "required")

    def test_without_user_verification_it_is_refused(self) -> None:
        self.key.verifies = False
        self.refused(browser())

    def test_shown_to_another_site_it_is_refused(self) -> None:
        self.key.origin = "https://evil.example"
        self.refused(browser())

    def test_an_answer_counts_once(self) -> None:
        client = browser()
        answer = self.key.get(client.post(CHALLENGE).json())
        client.post(ANSWER, {"credential": answer})
        other = browser()
        other.post(CHALLENGE)
        other.post(ANSWER, {"credential": answer})
        self.assertNotIn("_auth_user_id", other.session)

    def test_a_counter_that_goes_back_is_a_copy(self) -> None:
        shown(browser(), self.key)
        self.key.count = 0
        self.refused(browser())

    def test_a_removed_passkey_is_refused_and_the_answer_is_that_of_an_unknown_one(self) -> None:
        unknown = self.refused(browser(), Authenticator())
        WebAuthnCredential.objects.filter(user=self.dev).delete()
        self.assertEqual(self.refused(browser()), unknown)

    def test_a_closed_account_is_refused(self) -> None:
        self.dev.is_active = False
        self.dev.save(update_fields=["is_active"])
        self.refused(browser())

    def test_a_locked_password_does_not_keep_the_owner_out(self) -> None:
        for _ in range(6):
            browser().post("/sign-in", {"login": self.dev.email, "password": "wrong horse"})
        client = browser()
        shown(client, self.key)
        self.assertIn("_auth_user_id", client.session)

    @override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
    def test_it_goes_through_the_other_stages_too(self) -> None:
        client = browser()
        shown(client, self.key)
        self.assertNotIn("_auth_user_id", client.session)

    def test_an_organization_that_insists_on_its_sign_on_is_not_entered(self) -> None:
        self.acme.sso_enforced = True
        self.acme.save(update_fields=["sso_enforced"])
        self.refused(browser(), reason="single-sign-on-required")

    def test_the_views_of_the_library_have_no_address(self) -> None:
        for name in ("credential-authentication-complete", "credential-registration-complete"):
            with self.assertRaises(NoReverseMatch):
                reverse(f"otp_webauthn:{name}")
        modules = {
            str(getattr(pattern.callback, "__module__", ""))
            for pattern in get_resolver().url_patterns
            if hasattr(pattern, "callback")
        }
        self.assertFalse([module for module in modules if module.startswith("django_otp_webauthn")])

    def refused(self, client: Client, key: Authenticator | None = None, reason: str = "passkey-refused") -> str:
        self.forget_events()
        answer = shown(client, key or self.key)
        self.assertRedirects(answer, "/sign-in", fetch_redirect_response=False)
        self.assertNotIn("_auth_user_id", client.session)
        events = self.events()
        self.assertLessEqual({event.reason for event in events}, {reason})  # of many alike only some are written
        return client.get("/sign-in").content.decode().partition('data-tone="danger"')[2].partition("</div>")[0]


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class PasskeyAfterwardsTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_passkey(give_password(self.dev))
        self.forget_events()

    def test_it_is_the_second_step_of_a_password(self) -> None:
        client = after_password(self.dev)
        self.assertContains(client.get(SECOND), "Use a passkey")
        options = client.post(CHALLENGE).json()
        self.assertEqual(len(options["allowCredentials"]), 1)
        client.post(ANSWER, {"credential": self.key.get(options)})
        self.assertIn("otp_device_id", client.session)
        self.assertEvents("person:sign-in")

    def test_somebody_else_s_is_not(self) -> None:
        other = give_passkey(give_password(self.vera))
        client = after_password(self.dev)
        shown(client, other)
        self.assertNotIn("_auth_user_id", client.session)

    def test_a_challenge_from_before_the_password_is_not_that_of_the_step(self) -> None:
        client = browser()
        answer = self.key.get(client.post(CHALLENGE).json())
        after_password(self.dev, client)
        client.post(ANSWER, {"credential": answer})
        self.assertNotIn("_auth_user_id", client.session)

    def test_a_pending_sign_in_does_not_survive_a_new_password(self) -> None:
        client = after_password(self.dev)
        self.dev.set_password("another horse, another staple")
        self.dev.save(update_fields=["password"])
        shown(client, self.key)
        self.assertNotIn("_auth_user_id", client.session)

    def test_it_is_a_step_up(self) -> None:
        client = after_password(self.dev)
        shown(client, self.key)
        self.forget_events()
        with later(301):
            self.assertEqual(client.get(f"{FACTORS}/passkeys")["Location"][: len(STEP_UP)], STEP_UP)
            before = client.session.session_key
            self.assertEqual(shown(client, self.key, next=PASSKEYS)["Location"], PASSKEYS)
            self.assertNotEqual(client.session.session_key, before)
            self.assertEqual(client.get(PASSKEYS).status_code, 200)
        self.assertEvents("person:step-up")

    def test_a_step_up_with_somebody_else_s_is_refused_and_an_event(self) -> None:
        other = give_passkey(self.vera)
        client = browser(self.dev)
        self.forget_events()
        self.assertRedirects(shown(client, other), STEP_UP, fetch_redirect_response=False)
        (event,) = self.assertEvents("person:step-up:denied")
        self.assertEqual((event.actor_id, event.reason), (self.dev.pk, "passkey-refused"))
        self.assertNotIn(STEPPED_UP_AT, client.session)

    def test_a_code_works_beside_it(self) -> None:
        app = give_authenticator(self.dev)
        self.assertIn("_auth_user_id", verified(self.dev, app).session)
        self.assertTrue(code_of(app))
