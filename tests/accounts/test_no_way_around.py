"""There is no way around the second factor: not by a reset, a confirmation, an old session, the admin or the API."""

from base64 import b64encode
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.utils.module_loading import import_string

from accounts.services.factors import factors_of, key_of
from keyvault.flows.adapter import AccountAdapter
from keyvault.ids import uuid7
from tests.accounts.factors import (
    FACTORS,
    SECOND,
    SIGN_IN,
    STEP_UP,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    wrong_code,
)
from tests.cast import CastTestCase
from tests.web.scene import KEYS, PASSWORD, browser, quickly

NEW = "another horse, another staple"


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class NoWayAroundTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.dev.email = f"{uuid7()}@acme.example"  # mails to one address are counted, and counters outlive a test
        self.dev.save(update_fields=["email"])
        self.key = give_authenticator(give_password(self.dev))

    def test_a_reset_of_the_password_signs_nobody_in_and_the_factor_is_still_asked_for(self) -> None:
        client = browser()
        client.post("/password-reset", {"email": self.dev.email})
        path = str(mail.outbox[-1].body).split("/password-reset/")[1].split()[0]
        form = client.get(f"/password-reset/{path}")["Location"]
        client.post(form, {"password1": NEW, "password2": NEW})
        self.assertNotIn("_auth_user_id", client.session)
        self.assertRedirects(client.post(SIGN_IN, {"login": self.dev.email, "password": NEW}), SECOND)
        self.assertNotIn("_auth_user_id", client.session)

    def test_confirming_an_address_signs_nobody_in(self) -> None:
        address = EmailAddress.objects.create(user=self.dev, email=self.dev.email, primary=True)
        with override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory"):
            client = after_password(self.dev)
            link = str(mail.outbox[-1].body).split("/confirm-email/")[1].split()[0]
            client.post(f"/confirm-email/{link}")
        address.refresh_from_db()
        self.assertTrue(address.verified)
        self.assertNotIn("_auth_user_id", client.session)

    def test_the_admin_has_no_form_of_its_own(self) -> None:
        self.dev.is_staff = self.dev.is_superuser = True
        self.dev.save()
        client = browser()
        for address in ("/admin/login/", "/admin/"):
            client.post(address, {"username": self.dev.email, "password": PASSWORD})
            self.assertNotIn("_auth_user_id", client.session)

    def test_the_api_takes_no_password_and_no_session(self) -> None:
        basic = b64encode(f"{self.dev.email}:{PASSWORD}".encode()).decode()
        answer = browser().get("/api/v1/whoami", headers={"authorization": f"Basic {basic}"})
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(browser(self.dev).get("/api/v1/whoami").status_code, 401)
        names: Any = settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]
        self.assertEqual([import_string(name).__name__ for name in names], ["BearerToken"])

    def test_no_page_opens_while_the_step_waits(self) -> None:
        client = after_password(self.dev)
        for address in ("/account", KEYS, FACTORS, "/account/sessions", "/o/acme/members", "/o/acme/settings/policy"):
            with self.subTest(address):
                answer = client.get(address)
                self.assertEqual(answer.status_code, 302)
                self.assertIn(urlpath(answer), (SIGN_IN, SECOND))
        for address in (f"{FACTORS}/authenticators", "/account/recovery-codes", f"{FACTORS}/passkeys"):
            with self.subTest(address):
                self.assertEqual(client.post(address).status_code, 302)
        self.assertNotIn("_auth_user_id", client.session)

    def test_the_stage_is_the_last(self) -> None:
        stages = AccountAdapter().get_login_stages()
        self.assertEqual(stages[-1], "keyvault.flows.sign_in.second_step.SecondStep")

    def test_a_session_that_claims_a_device_of_somebody_else_is_not_verified(self) -> None:
        give_authenticator(self.vera)
        verified_device = after_password(self.dev)
        verified_device.post(SECOND, {"code": code_of(self.key)})
        client = browser(self.vera)
        session = client.session
        session["otp_device_id"] = verified_device.session["otp_device_id"]
        session["kv_stepup_at"] = verified_device.session["kv_stepup_at"]
        session.save()
        self.assertEqual(client.get(f"{FACTORS}/passkeys").status_code, 302)
        self.assertNotIn("otp_device_id", client.session)

    def test_signing_in_again_in_an_open_session_does_not_inherit_what_was_proved(self) -> None:
        client = after_password(self.dev)
        client.post(SECOND, {"code": code_of(self.key)})
        client.post("/sign-out")
        after_password(give_password(self.vera), client)
        self.assertNotIn("otp_device_id", client.session)
        self.assertNotIn("kv_stepup_at", client.session)

    def test_a_form_of_another_site_does_nothing(self) -> None:
        client = browser(self.vera, enforce_csrf_checks=True)
        device = f"{FACTORS}/{key_of(factors_of(self.dev)[0])}"
        posts: tuple[str, ...] = (
            SECOND,
            f"{SECOND}/end",
            STEP_UP,
            "/account/confirm-password",
            "/account/recovery-codes",
        )
        posts += (
            "/sign-in/passkey",
            "/sign-in/passkey/challenge",
            f"{FACTORS}/passkeys",
            f"{FACTORS}/passkeys/challenge",
        )
        for address in (*posts, f"{FACTORS}/authenticators", f"{device}/name", f"{device}/removal"):
            with self.subTest(address):
                self.assertEqual(client.post(address).status_code, 403)

    def test_packages_that_bring_a_second_road_are_not_installed(self) -> None:
        for package in ("allauth.mfa", "two_factor", "rest_framework.authtoken", "django_otp.plugins.otp_static"):
            self.assertNotIn(package, settings.INSTALLED_APPS)


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class NobodyLearnsTests(CastTestCase):
    def test_who_does_not_know_the_password_does_not_learn_whether_there_is_a_factor(self) -> None:
        give_authenticator(give_password(self.dev))
        give_password(self.vera)
        answers = [self.wrong(browser(), user.email) for user in (self.dev, self.vera)]
        answers.append(self.wrong(browser(), "nobody@nowhere.example"))
        self.assertEqual(len(set(answers)), 1)

    def test_no_secret_is_in_an_event_a_session_or_the_log(self) -> None:
        key = give_authenticator(give_password(self.dev))
        code, wrong = code_of(key), wrong_code(key)
        self.forget_events()
        with self.assertLogs("keyvault.events") as lines, self.captureOnCommitCallbacks(execute=True):
            client = after_password(self.dev)
            client.post(SECOND, {"code": wrong})
            client.post(SECOND, {"code": code})
        written = " ".join(bytes(event.entry).decode() for event in self.events())
        kept = str(dict(client.session.items()))
        for secret in (key, f'"{code}"', f'"{wrong}"', PASSWORD):
            self.assertNotIn(secret, written + kept + " ".join(lines.output))

    def wrong(self, client: Client, email: str) -> str:
        answer: Any = client.post(SIGN_IN, {"login": email, "password": "wrong horse"})
        return f"{answer.status_code} {answer.context['form'].errors}"


def urlpath(answer: Any) -> str:
    return str(answer["Location"]).partition("?")[0]
