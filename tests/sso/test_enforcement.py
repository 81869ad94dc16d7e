"""An organization that insists on single sign-on: other roads are closed, but for owners with a second factor."""

from typing import Any

from django.core import mail
from django.test import Client

from accounts.models import TotpDevice, User
from keyvault.actor import Role
from keyvault.flows.sso.enforcement import must_come_by_sso
from orgs.models import Organization
from orgs.services.members import add_member
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import PASSWORD, browser, quickly


@quickly
class EnforcedTests(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        for user in (self.dev, self.olivia):
            user.set_password(PASSWORD)
            user.save()
            self.has_proven_address(user)
        Organization.objects.filter(pk=self.acme.pk).update(sso_enforced=True)

    def type_password(self, client: Client, user: User, password: str = PASSWORD) -> Any:
        return client.post("/sign-in", {"login": user.email, "password": password})

    def give_factor(self, user: User) -> None:
        device = TotpDevice(user=user, name="App", confirmed=True)
        device.key = "JBSWY3DPEHPK3PXP"
        device.save()

    def test_the_right_password_is_answered_like_a_wrong_one(self) -> None:
        right, wrong = browser(), browser()
        answers = [self.type_password(right, self.dev), self.type_password(wrong, self.dev, "something else")]
        for answer in answers:
            self.assertContains(answer, "Email or password is wrong")
        self.assertNotSignedIn(right)
        events = self.assertEvents("person:sign-in:denied", "person:sign-in:denied")
        self.assertEqual([event.reason for event in events], ["sso-enforced", "wrong-password"])

    def test_right_passwords_count_like_wrong_ones(self) -> None:
        client = browser()
        statuses = [self.type_password(client, self.dev).status_code for _ in range(6)]
        self.assertEqual(statuses[-1], 429)

    def test_a_reset_sends_no_mail_and_says_so_to_nobody(self) -> None:
        enforced = browser().post("/password-reset", {"email": self.dev.email})
        free = browser().post("/password-reset", {"email": "nobody@nowhere.example"})
        self.assertEqual((enforced.status_code, enforced["Location"]), (free.status_code, free["Location"]))
        self.assertEqual(mail.outbox, [])
        self.assertEventsInclude("person:password-reset-request:denied")

    def test_single_sign_on_lets_them_in(self) -> None:
        client = browser()
        self.sign_in({**NINA, "email": self.dev.email}, client)
        self.assertSignedIn(client, self.dev)
        self.assertEqual(client.get("/account").status_code, 200)

    def test_an_owner_with_a_second_factor_breaks_the_glass(self) -> None:
        self.assertTrue(must_come_by_sso(self.olivia))
        self.give_factor(self.olivia)
        self.assertFalse(must_come_by_sso(self.olivia))
        client = browser()
        answer = self.type_password(client, self.olivia)
        self.assertEqual(answer.status_code, 302)
        self.assertNotSignedIn(client)  # the second factor comes first

    def test_nobody_else_does(self) -> None:
        for user in (self.dev, self.adam):
            self.give_factor(user)
            self.assertTrue(must_come_by_sso(user))

    def test_a_member_of_another_organization_signs_in_there(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        client = browser()
        self.type_password(client, self.dev)
        self.assertEqual(client.session.get("_auth_user_id"), str(self.dev.pk))
        self.assertContains(client.get("/account"), "Evil Corp")
        client.post("/account/organization", {"organization": str(self.acme.pk)})
        self.assertNotSignedIn(client)

    def test_no_other_stage_is_a_way_round(self) -> None:
        """A passkey, or whatever else begins a sign-in without the provider."""
        from allauth.account.internal.flows.login import perform_login
        from allauth.account.models import Login
        from allauth.core import context
        from django.contrib.auth.models import AnonymousUser
        from django.contrib.messages.middleware import MessageMiddleware
        from django.contrib.sessions.middleware import SessionMiddleware
        from django.test import RequestFactory

        from keyvault.middleware import RequestOrigin

        request = RequestFactory().get("/")

        def begin(asked: Any) -> Any:
            asked.user = AnonymousUser()
            with context.request_context(asked):
                return perform_login(asked, Login(user=self.dev))

        answer = RequestOrigin(SessionMiddleware(MessageMiddleware(begin)))(request)  # type: ignore[arg-type]
        self.assertEqual((answer.status_code, answer["Location"]), (302, "/sign-in"))
        self.assertNotIn("_auth_user_id", request.session)
        (event,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual(event.reason, "sso-enforced")
