"""Whoever has a second factor shows it at every sign-in; until then the session is nobody's."""

from threading import Barrier, Thread
from typing import Any

from django.core import mail
from django.db import connection
from django.test import override_settings

from accounts.models import RecoveryCode, TotpDevice
from accounts.services.factors import accept_code
from tests.accounts.factors import (
    FACTORS,
    SECOND,
    SIGN_IN,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    give_recovery_codes,
    verified,
    wrong_code,
)
from tests.cast import CastTestCase, CastTransactionTestCase
from tests.web.scene import KEYS, PASSWORD, browser, quickly


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class SecondStepTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_authenticator(give_password(self.dev))
        self.forget_events()

    def test_without_a_factor_the_password_is_enough(self) -> None:
        client = after_password(give_password(self.vera))
        self.assertEqual(client.get("/account").status_code, 200)
        self.assertNotIn("otp_device_id", client.session)

    def test_with_one_the_password_alone_opens_nothing(self) -> None:
        client = browser()
        answer = client.post(SIGN_IN, {"login": self.dev.email, "password": PASSWORD})
        self.assertRedirects(answer, SECOND)
        for address in ("/account", KEYS, FACTORS, "/password", "/account/step-up"):
            with self.subTest(address):
                self.assertEqual(client.get(address).status_code, 302)
                self.assertNotIn("_auth_user_id", client.session)
        self.assertNoEvent("person:sign-in")

    def test_the_code_of_the_app_completes_it(self) -> None:
        client = after_password(self.dev)
        self.assertRedirects(client.post(SECOND, {"code": code_of(self.key)}), "/", fetch_redirect_response=False)
        self.assertEqual(client.get("/account").status_code, 200)
        self.assertEqual(client.session["otp_device_id"], TotpDevice.objects.get(user=self.dev).persistent_id)
        self.assertEvents("person:sign-in")

    def test_where_next_leads_survives_the_step(self) -> None:
        client = browser()
        client.post(SIGN_IN, {"login": self.dev.email, "password": PASSWORD, "next": KEYS})
        self.assertEqual(client.post(SECOND, {"code": code_of(self.key)})["Location"], KEYS)

    def test_the_session_has_a_new_key_after_the_password_and_after_the_code(self) -> None:
        client = browser()
        client.get(SIGN_IN)
        client.post(SIGN_IN, {"login": self.dev.email, "password": "wrong horse"})
        keys = [client.session.session_key]
        after_password(self.dev, client)
        keys.append(client.session.session_key)
        client.post(SECOND, {"code": code_of(self.key)})
        keys.append(client.session.session_key)
        self.assertEqual(len(set(keys)), 3)

    def test_a_code_works_once(self) -> None:
        code = code_of(self.key)
        after_password(self.dev).post(SECOND, {"code": code})
        self.forget_events()
        second = after_password(self.dev)
        self.assertContains(second.post(SECOND, {"code": code}), "wrong, too old, or has been used")
        self.assertNotIn("_auth_user_id", second.session)
        (refused,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((refused.reason, refused.actor_type), ("wrong-code", "anonymous"))

    def test_an_older_code_than_the_last_is_spent_too(self) -> None:
        after_password(self.dev).post(SECOND, {"code": code_of(self.key, steps=1)})
        client = after_password(self.dev)
        client.post(SECOND, {"code": code_of(self.key)})
        self.assertNotIn("_auth_user_id", client.session)

    def test_a_code_typed_with_a_blank_in_the_middle_is_a_code(self) -> None:
        code = code_of(self.key)
        client = after_password(self.dev)
        client.post(SECOND, {"code": f" {code[:3]} {code[3:]} "})
        self.assertIn("_auth_user_id", client.session)

    def test_what_is_no_code_is_wrong_and_harmless(self) -> None:
        client = after_password(self.dev)
        for typed in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "x" * 500):
            with self.subTest(typed):
                self.assertEqual(client.post(SECOND, {"code": typed}).status_code, 200)

    def test_five_wrong_codes_end_the_sign_in_and_the_person_is_told(self) -> None:
        client = after_password(self.dev)
        answers = [client.post(SECOND, {"code": wrong_code(self.key)}).status_code for _ in range(5)]
        self.assertEqual(answers, [200, 200, 200, 200, 429])
        self.assertNotIn("account_login", client.session)
        events = self.assertEvents(*["person:sign-in:denied"] * 5)
        self.assertEqual({event.reason for event in events}, {"wrong-code"})
        self.assertEqual(mail.outbox[-1].subject, "KeyVault: Somebody has your password")

    def test_after_five_wrong_codes_no_code_is_taken_for_a_while_whoever_begins_anew(self) -> None:
        client = after_password(self.dev)
        for _ in range(5):
            client.post(SECOND, {"code": wrong_code(self.key)})
        again = after_password(self.dev)
        answer = again.post(SECOND, {"code": code_of(self.key)})
        self.assertEqual(answer.status_code, 429)
        self.assertGreater(int(answer["Retry-After"]), 800)
        self.assertNotIn("_auth_user_id", again.session)

    def test_a_right_code_forgets_the_wrong_ones(self) -> None:
        client = after_password(self.dev)
        for _ in range(4):
            client.post(SECOND, {"code": wrong_code(self.key)})
        client.post(SECOND, {"code": code_of(self.key)})
        again = after_password(self.dev)
        self.assertEqual(again.post(SECOND, {"code": wrong_code(self.key)}).status_code, 200)

    def test_wrong_codes_lock_no_password_and_wrong_passwords_no_code(self) -> None:
        client = after_password(self.dev)
        for _ in range(5):
            browser().post(SIGN_IN, {"login": self.dev.email, "password": "wrong horse"})
        client.post(SECOND, {"code": code_of(self.key)})
        self.assertIn("_auth_user_id", client.session)

    def test_cancel_leads_back_to_the_beginning(self) -> None:
        client = after_password(self.dev)
        self.assertEqual(client.get("/sign-in/second-step/end").status_code, 405)
        self.assertRedirects(client.post("/sign-in/second-step/end"), SIGN_IN)
        self.assertEqual(client.get(SIGN_IN).status_code, 200)

    def test_a_pending_sign_in_does_not_survive_a_closed_account(self) -> None:
        client = after_password(self.dev)
        self.dev.is_active = False
        self.dev.save(update_fields=["is_active"])
        client.post(SECOND, {"code": code_of(self.key)})
        self.assertNotIn("_auth_user_id", client.session)

    def test_a_pending_sign_in_does_not_survive_a_new_password(self) -> None:
        client = after_password(self.dev)
        self.dev.set_password("another horse, another staple")
        self.dev.save(update_fields=["password"])
        client.post(SECOND, {"code": code_of(self.key)})
        self.assertNotIn("_auth_user_id", client.session)

    def test_without_a_sign_in_the_step_is_not_there(self) -> None:
        self.assertRedirects(browser().get(SECOND), SIGN_IN)
        self.assertRedirects(browser().post(SECOND, {"code": code_of(self.key)}), SIGN_IN)

    def test_somebody_else_s_code_is_wrong(self) -> None:
        other = give_authenticator(self.adam)
        client = after_password(self.dev)
        client.post(SECOND, {"code": code_of(other)})
        self.assertNotIn("_auth_user_id", client.session)

    def test_the_key_is_nowhere_in_the_clear(self) -> None:
        verified(self.dev, self.key)
        with connection.cursor() as cursor:
            cursor.execute("SELECT accounts_totpdevice::text FROM accounts_totpdevice")
            rows = str(cursor.fetchall())
        self.assertNotIn(self.key, rows)
        self.assertNotIn(self.key.encode().hex(), rows)
        self.assertNotIn(self.key, repr(TotpDevice.objects.get(user=self.dev).__dict__))


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class RecoveryCodeTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_authenticator(give_password(self.dev))
        self.codes = give_recovery_codes(self.dev)
        self.forget_events()

    def test_each_signs_in_once_and_the_person_is_told(self) -> None:
        client = after_password(self.dev)
        client.post(SECOND, {"code": self.codes[0]})
        self.assertIn("_auth_user_id", client.session)
        self.assertIn("9 are left", str(mail.outbox[-1].body))
        again = after_password(self.dev)
        again.post(SECOND, {"code": self.codes[0]})
        self.assertNotIn("_auth_user_id", again.session)

    def test_case_blanks_and_hyphens_do_not_count(self) -> None:
        client = after_password(self.dev)
        client.post(SECOND, {"code": self.codes[1].upper().replace("-", " ")})
        self.assertIn("_auth_user_id", client.session)

    def test_they_are_ten_of_eighty_bits_and_only_digests_are_kept(self) -> None:
        self.assertEqual(len(set(self.codes)), 10)
        for code in self.codes:
            self.assertRegex(code, r"^[a-z2-7]{4}(-[a-z2-7]{4}){3}$")  # 16 characters of 5 bits
        stored = b"".join(bytes(row.digest) for row in RecoveryCode.objects.filter(sheet__user=self.dev))
        self.assertEqual(len(stored), 10 * 32)
        self.assertNotIn(self.codes[0].encode(), stored)

    def test_alone_they_are_no_second_factor(self) -> None:
        codes = give_recovery_codes(give_password(self.vera))
        client = after_password(self.vera)
        self.assertIn("_auth_user_id", client.session)
        self.assertIsNone(accept_code(self.vera, codes[0]))


class CodesAtOnceTests(CastTransactionTestCase):
    def test_of_two_who_use_one_code_at_once_one_is_let_in(self) -> None:
        key = give_authenticator(self.dev)
        for code in (code_of(key), give_recovery_codes(self.dev)[0]):
            with self.subTest(code):
                self.assertEqual(sorted(self.both(code)), [False, True])

    def both(self, code: str) -> list[bool]:
        barrier, results = Barrier(2), list[bool]()

        def use() -> None:
            try:
                barrier.wait(10)
                results.append(accept_code(self.dev, code) is not None)
            finally:
                connection.close()

        threads: list[Any] = [Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results
