"""The provider does not stand in for the second factor that somebody has here."""

from accounts.models import User
from keyvault.flows.browser_sessions import SSO_ORG
from orgs.models import Organization
from tests.accounts.factors import SECOND, code_of, give_authenticator
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser


class SecondFactorTests(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(NINA)
        self.nina = User.objects.get(email=NINA["email"])

    def test_whoever_has_one_shows_it_after_the_provider(self) -> None:
        key = give_authenticator(self.nina)
        client = browser()
        self.assertRedirects(self.sign_in(NINA, client), SECOND, fetch_redirect_response=False)
        self.assertNotSignedIn(client)
        self.assertEqual(client.get("/account").status_code, 302)
        client.post(SECOND, {"code": code_of(key)})
        self.assertSignedIn(client, self.nina)

    def test_a_sign_in_that_was_given_up_binds_no_later_one(self) -> None:
        """The next person at this browser comes by password."""
        give_authenticator(self.nina)
        client = browser()
        self.sign_in(NINA, client)
        self.dev.set_password("correct horse battery staple")
        self.dev.save()
        self.has_proven_address(self.dev)
        client.post("/sign-in/second-step/end")
        client.post("/sign-in", {"login": self.dev.email, "password": "correct horse battery staple"})
        self.assertEqual(client.session.get("_auth_user_id"), str(self.dev.pk))
        self.assertNotIn(SSO_ORG, client.session)

    def test_an_organization_that_requires_one_gets_it_from_people_of_the_provider_too(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(mfa_required=True)
        client = browser()
        self.sign_in(NINA, client)
        self.assertSignedIn(client, self.nina)
        self.assertRedirects(client.get("/o/acme/tokens"), "/account/factors", fetch_redirect_response=False)
