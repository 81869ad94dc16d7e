"""Who has lost everything is helped by an owner, who proves to be there; and by nobody else, nor on other accounts."""

from typing import Any

from django.core import mail
from django.test import override_settings

from accounts.services.factors import has_factor, unused_codes_of
from keyvault.actor import Role
from keyvault.errors import Conflict, NotAllowed, NotFound
from keyvault.flows.factors.reset import reset_factors
from orgs.services.members import add_member
from tests.accounts.factors import (
    STEP_UP,
    after_password,
    code_of,
    give_authenticator,
    give_password,
    give_recovery_codes,
    verified,
)
from tests.cast import CastTestCase
from tests.web.scene import browser, quickly


@quickly
@override_settings(ACCOUNT_EMAIL_VERIFICATION="optional")
class FactorResetTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = give_authenticator(give_password(self.dev))
        give_recovery_codes(self.dev)
        self.forget_events()

    def test_an_owner_takes_them_away_and_everything_that_hangs_on_them(self) -> None:
        session = verified(self.dev, self.key)
        self.forget_events()
        self.assertEqual(self.reset(self.olivia), 1)
        self.assertFalse(has_factor(self.dev))
        self.assertEqual(unused_codes_of(self.dev), 0)
        self.assertEqual(session.get("/account").status_code, 401)
        event, _ = self.assertEvents("member:reset-factors", "session:end")
        self.assertEqual((event.actor_id, event.document["about"]["name"]), (self.olivia.pk, self.dev.email))
        self.assertEqual(mail.outbox[-1].subject, "KeyVault: Your second factors were taken away")
        self.assertEqual(mail.outbox[-1].to, [self.dev.email])
        self.assertIn("_auth_user_id", after_password(self.dev).session)

    def test_nobody_else_does(self) -> None:
        for user in (self.adam, self.vera, self.dev):
            self.assertRefused(NotAllowed, "role-forbids", self.actor(user, stepped_up=True))
        with self.assertRaises(NotFound):
            reset_factors(actor=self.actor(self.mallory, stepped_up=True), membership=self.membership(self.dev))
        self.assertTrue(has_factor(self.dev))

    def test_not_without_a_fresh_factor_of_one_s_own(self) -> None:
        self.assertRefused(NotAllowed, "needs-step-up", self.actor(self.olivia))

    def test_not_on_an_account_that_opens_other_organizations_too(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        self.forget_events()
        self.assertRefused(NotAllowed, "account-of-several", self.actor(self.olivia, org=self.acme, stepped_up=True))

    def test_not_on_an_operator_s(self) -> None:
        self.dev.is_staff = True
        self.dev.save(update_fields=["is_staff"])
        self.assertRefused(NotAllowed, "account-of-several", self.actor(self.olivia, stepped_up=True))

    def test_not_on_one_s_own(self) -> None:
        give_authenticator(self.olivia)
        with self.assertRaises(NotAllowed):
            reset_factors(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.olivia))

    def test_where_there_is_none_nothing_is_done(self) -> None:
        with self.assertRaises(Conflict):
            reset_factors(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.vera))
        self.assertEvents("member:reset-factors:error")

    def test_the_page_leads_through_the_step_up(self) -> None:
        own = give_authenticator(self.olivia)
        client, address = browser(self.olivia), f"/o/acme/members/{self.membership(self.dev).pk}/factors"
        self.assertEqual(client.get(address)["Location"][: len(STEP_UP)], STEP_UP)
        client.post(STEP_UP, {"code": code_of(own)})
        self.assertContains(client.get(address), "Speak to the person first")
        self.assertEqual(client.post(address).status_code, 302)
        self.assertFalse(has_factor(self.dev))

    def reset(self, by: Any) -> int:
        return reset_factors(actor=self.actor(by, stepped_up=True), membership=self.membership(self.dev, self.acme))

    def assertRefused(self, refusal: type[Exception], rule: str, actor: Any) -> None:
        with self.assertRaises(refusal) as refused:
            reset_factors(actor=actor, membership=self.membership(self.dev, self.acme))
        self.assertEqual(refused.exception.rule, rule)  # type: ignore[attr-defined]
        (event,) = self.assertEvents("member:reset-factors:denied")
        self.assertEqual(event.reason, rule)
        self.assertTrue(has_factor(self.dev))
