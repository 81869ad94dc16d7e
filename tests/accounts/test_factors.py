"""Setting second factors up, naming and removing them: only by their owner, who has just proved to be there."""

import re
from typing import Any

from django.core import mail
from django.test import Client, override_settings
from django.utils.html import escape

from accounts import totp
from accounts.models import RecoveryCodes, TotpDevice, User
from accounts.services.factors import find_factor, has_factor, key_of
from keyvault.errors import Conflict, NotAllowed
from keyvault.flows.factors import acts
from keyvault.flows.step_up import STEPPED_UP_AT
from orgs.access import person_outside
from tests.accounts.factors import (
    FACTORS,
    SECOND,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    give_recovery_codes,
    later,
    verified,
    wrong_code,
)
from tests.cast import ORIGIN, CastTestCase
from tests.web.scene import PASSWORD, browser, page, quickly

AUTHENTICATORS = f"{FACTORS}/authenticators"


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class EnrolmentTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = after_password(give_password(self.dev))
        self.forget_events()

    def test_a_code_of_the_shown_key_makes_it_a_factor_and_shows_recovery_codes_once(self) -> None:
        address, key = self.begun()
        self.assertFalse(has_factor(self.dev))
        answer = self.client.post(address, {"code": code_of(key), "name": "Phone"})
        self.assertEqual(answer.status_code, 201)
        codes = re.findall(r"(?<![0-9a-z-])[a-z2-7]{4}(?:-[a-z2-7]{4}){3}(?![0-9a-z-])", answer.content.decode())
        self.assertEqual(len(set(codes)), 10)
        added, made = self.assertEvents("person:factor-add", "person:recovery-codes")
        self.assertEqual((added.org_id, added.document["details"]["name"]), (self.acme.pk, "Phone"))
        self.assertEqual(mail.outbox[-1].subject, "KeyVault: A second factor was added")
        shown = self.client.get(FACTORS)
        for secret in (key, *codes):
            self.assertNotContains(shown, secret)
            for event in (added, made):
                self.assertNotIn(secret, bytes(event.entry).decode())
            self.assertNotIn(secret, str(mail.outbox[-1].message()))

    def test_from_then_on_the_session_is_verified_under_a_new_key(self) -> None:
        address, key = self.begun()
        before = self.client.session.session_key
        self.client.post(address, {"code": code_of(key)})
        self.assertIn("otp_device_id", self.client.session)
        self.assertIn(STEPPED_UP_AT, self.client.session)
        self.assertNotEqual(self.client.session.session_key, before)

    def test_the_code_that_proved_it_signs_nobody_in(self) -> None:
        address, key = self.begun()
        code = code_of(key)
        self.client.post(address, {"code": code})
        other = after_password(self.dev)
        other.post(SECOND, {"code": code})
        self.assertNotIn("_auth_user_id", other.session)

    def test_the_picture_is_drawn_here_and_holds_the_key(self) -> None:
        address, key = self.begun()
        answer = self.client.get(address)
        picture = answer.content.decode().split('class="qr"')[0].rpartition("<svg")[2]
        self.assertRegex(picture, r'viewBox="0 0 (\d+) \1"')  # else what the page's size leaves over is cut off
        self.assertNotIn("width", picture)
        drawn = answer.content.decode().split('class="qr"')[1].split("</svg>")[0]
        self.assertIn("<path", drawn)
        self.assertNotIn("style", drawn)
        self.assertNotContains(answer, "otpauth:")
        self.assertEqual(
            totp.setup_address(key, account="dev@acme.example", issuer="KeyVault"),
            f"otpauth://totp/KeyVault%3Adev%40acme.example?secret={key}&issuer=KeyVault",
        )

    def test_a_wrong_code_makes_nothing(self) -> None:
        address, key = self.begun()
        answer = self.client.post(address, {"code": wrong_code(key)})
        self.assertContains(answer, escape("This is not the code that the app shows now."), status_code=422)
        self.assertFalse(has_factor(self.dev))
        (refused,) = self.assertEvents("person:factor-add:denied")
        self.assertEqual(refused.reason, "wrong-code")

    def test_beginning_anew_drops_what_was_begun(self) -> None:
        address, key = self.begun()
        self.begun()
        self.assertRedirects(self.client.post(address, {"code": code_of(key)}), FACTORS)
        self.assertFalse(has_factor(self.dev))

    def test_nobody_finishes_what_somebody_else_has_begun(self) -> None:
        address, key = self.begun()
        vera = after_password(give_password(self.vera))
        self.assertRedirects(vera.post(address, {"code": code_of(key)}), FACTORS)
        self.assertFalse(has_factor(self.vera) or has_factor(self.dev))

    def test_an_old_sign_in_gives_the_password_again(self) -> None:
        with later(301):
            answer = self.client.post(AUTHENTICATORS, headers={"referer": f"http://testserver{FACTORS}"})
            self.assertEqual(answer["Location"], f"/account/confirm-password?next={FACTORS.replace('/', '%2F')}")
            self.assertEqual(self.client.post(answer["Location"], {"password": "wrong horse"}).status_code, 200)
            (refused,) = self.assertEvents("person:step-up:denied")
            self.assertEqual((refused.reason, refused.actor_id), ("wrong-password", self.dev.pk))
            self.assertEqual(self.client.post(AUTHENTICATORS)["Location"][:25], "/account/confirm-password")
            self.assertRedirects(self.client.post(answer["Location"], {"password": PASSWORD}), FACTORS)
            self.assertIn(AUTHENTICATORS, self.client.post(AUTHENTICATORS)["Location"])

    def test_somebody_in_no_organization_can_do_it_too(self) -> None:
        loner = give_password(User.objects.create_user("loner@nowhere.example"))
        client = after_password(loner)
        self.assertEqual(client.get(FACTORS).status_code, 200)
        address = client.post(AUTHENTICATORS)["Location"]
        self.assertEqual(client.get(address).status_code, 200)

    def begun(self) -> tuple[str, str]:
        address = self.client.post(AUTHENTICATORS)["Location"]
        shown = page(self.client.get(address))
        return address, shown.texts["key"].replace(" ", "")


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class DevicesTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_authenticator(give_password(self.dev))
        self.phone = TotpDevice.objects.get(user=self.dev)
        self.address = f"{FACTORS}/{key_of(self.phone)}"

    def test_they_are_listed_with_their_names(self) -> None:
        answer = self.verified().get(FACTORS)
        self.assertContains(answer, "Phone")
        self.assertContains(answer, "You have no recovery codes.")

    def test_a_new_name_is_an_event(self) -> None:
        client = self.verified()
        self.assertRedirects(client.post(f"{self.address}/name", {"name": "Old phone"}), FACTORS)
        (event,) = self.assertEvents("person:factor-rename")
        self.assertEqual(event.document["details"], {"factor": "app", "name": "Old phone"})
        self.assertEqual(client.post(f"{self.address}/name", {"name": "bell\x07"}).status_code, 200)

    def test_removing_ends_what_it_verified_and_the_codes_with_the_last(self) -> None:
        give_recovery_codes(self.dev)
        client, other = self.verified(), browser(self.dev)
        self.assertRedirects(client.post(f"{self.address}/removal"), FACTORS)
        self.assertFalse(has_factor(self.dev))
        self.assertFalse(RecoveryCodes.objects.filter(user=self.dev).exists())
        self.assertEvents("person:sign-in", "person:factor-remove")
        self.assertEqual(mail.outbox[-1].subject, "KeyVault: A second factor was removed")
        client.get("/account")
        self.assertNotIn("otp_device_id", client.session)
        del other

    def test_the_last_one_stays_while_an_organization_requires_one(self) -> None:
        client = self.verified()
        self.acme.mfa_required = True
        self.acme.save(update_fields=["mfa_required"])
        answer = client.post(f"{self.address}/removal")
        self.assertContains(answer, "Acme requires a second factor, and this is your last one.", status_code=409)
        self.assertTrue(has_factor(self.dev))
        (refused,) = self.assertEvents("person:factor-remove:denied")
        self.assertEqual(refused.reason, "last-second-factor")
        give_authenticator(self.dev, "Tablet")
        self.assertRedirects(client.post(f"{self.address}/removal"), FACTORS)

    def test_new_recovery_codes_end_the_old_ones(self) -> None:
        old = give_recovery_codes(self.dev)
        client = self.verified()
        self.assertEqual(client.post("/account/recovery-codes").status_code, 201)
        self.assertEvents("person:recovery-codes")
        fresh = after_password(self.dev)
        fresh.post(SECOND, {"code": old[0]})
        self.assertNotIn("_auth_user_id", fresh.session)

    def test_somebody_else_s_device_is_not_there(self) -> None:
        key = give_authenticator(give_password(self.vera), "Vera's phone")
        client = verified(self.vera, key)
        for act in ("name", "removal"):
            self.assertEqual(client.get(f"{self.address}/{act}").status_code, 404)
            self.assertEqual(client.post(f"{self.address}/{act}", {"name": "Mine"}).status_code, 404)
        self.assertTrue(has_factor(self.dev))

    def test_whoever_has_one_shows_it_again_before_any_change(self) -> None:
        """An open session, and even the password, is not enough to exchange a factor."""
        client = self.verified()
        with later(301):
            for address in (
                AUTHENTICATORS,
                f"{self.address}/removal",
                f"{self.address}/name",
                "/account/recovery-codes",
            ):
                with self.subTest(address):
                    self.assertEqual(client.post(address, {"name": "x"})["Location"][:16], "/account/step-up")
        self.assertEqual(TotpDevice.objects.filter(user=self.dev).count(), 1)

    def test_an_unverified_session_of_somebody_with_a_factor_changes_nothing(self) -> None:
        client = browser(self.dev)
        for address in (AUTHENTICATORS, f"{self.address}/removal", "/account/recovery-codes"):
            with self.subTest(address):
                self.assertEqual(client.post(address)["Location"][:16], "/account/step-up")
        self.assertTrue(has_factor(self.dev))

    def test_the_acts_themselves_refuse_it_too(self) -> None:
        plain = person_outside(self.dev, origin=ORIGIN)
        for act in (
            lambda: acts.begin_authenticator(actor=plain, user=self.dev),
            lambda: acts.make_recovery_codes(actor=plain, user=self.dev),
            lambda: acts.remove_factor(actor=plain, user=self.dev, device=self.phone),
            lambda: acts.rename_factor(actor=plain, user=self.dev, device=self.phone, name="x"),
            lambda: acts.begin_authenticator(actor=person_outside(self.vera, origin=ORIGIN), user=self.dev),
        ):
            with self.assertRaises(NotAllowed):
                act()
        self.assertEvents(
            "person:factor-add:denied",
            "person:recovery-codes:denied",
            "person:factor-remove:denied",
            "person:factor-rename:denied",
            "person:factor-add:denied",
        )

    def test_recovery_codes_need_a_factor_that_they_are_the_spare_of(self) -> None:
        with self.assertRaises(Conflict):
            acts.make_recovery_codes(actor=person_outside(self.vera, origin=ORIGIN), user=self.vera)
        self.assertEvents("person:recovery-codes:denied")

    def test_a_device_is_found_by_its_key_and_by_nothing_else(self) -> None:
        self.assertEqual(find_factor(self.dev, key_of(self.phone)), self.phone)
        for key in ("", "app-", f"passkey-{self.phone.pk}", str(self.phone.pk)):
            self.assertIsNone(find_factor(self.dev, key))

    def verified(self) -> Client:
        client: Any = verified(self.dev, self.key)
        self.forget_events()
        mail.outbox.clear()
        return client  # type: ignore[no-any-return]
