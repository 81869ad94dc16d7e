"""Which account an identity is tied to: none that somebody else could have made, none of other organizations."""

import datetime as dt
from unittest import mock

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import override_settings

from accounts.models import TotpDevice, User
from accounts.services.factors import has_factor
from accounts.services.platform_roles import set_platform_roles
from keyvault.actor import PlatformRole, Role, TokenKind, Verb, system
from keyvault.flows.person_events import SIGN_IN
from orgs.models import Connection, Domain, Membership
from orgs.services.members import add_member
from tests.accounts.factors import give_authenticator
from tests.admin.scene import make_operator
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import PASSWORD, browser, quickly
from tokens.models import AccessToken
from tokens.services import issue_token

HOUR = dt.timedelta(hours=1)


def person(user: User, sub: str = "known") -> dict[str, object]:
    return {"sub": sub, "email": user.email, "email_verified": True, "name": user.name}


class UnverifiedAccountTests(SsoTestCase):
    """Takeover by an account that was made before its address' owner came."""

    @quickly
    def test_the_old_password_factors_sessions_and_tokens_are_dead(self) -> None:
        squatter = User.objects.create_user("nina@acme.example", PASSWORD, name="Not Nina")
        device = TotpDevice(user=squatter, name="Their app", confirmed=True)
        device.key = "JBSWY3DPEHPK3PXP"
        device.save()
        add_member(actor=self.actor(self.olivia), org=self.acme, person=squatter, role=Role.DEVELOPER)
        token = issue_token(
            actor=self.actor(squatter), kind=TokenKind.PERSON, name="theirs", verbs=[Verb.LIST], lifetime=HOUR
        )
        theirs = browser(squatter)
        self.assertEqual(theirs.get("/account").status_code, 200)
        client = browser()
        self.sign_in(NINA, client)
        self.assertSignedIn(client, squatter)
        squatter.refresh_from_db()
        self.assertFalse(squatter.has_usable_password())
        self.assertFalse(has_factor(squatter))
        self.assertEqual(theirs.get("/account").status_code, 401)
        self.assertIsNotNone(AccessToken.objects.get(pk=token.token.pk).revoked_at)
        self.assertTrue(EmailAddress.objects.get(user=squatter).verified)

    @quickly
    def test_an_owner_of_the_organization_is_believed_as_they_are(self) -> None:
        """They decide how its members sign in; without mail nobody's address is proven."""
        self.olivia.set_password(PASSWORD)
        self.olivia.save()
        client = browser()
        self.sign_in(person(self.olivia), client)
        self.assertSignedIn(client, self.olivia)
        self.olivia.refresh_from_db()
        self.assertTrue(self.olivia.has_usable_password())

    def test_what_only_ends_like_an_address_of_the_domain_is_refused(self) -> None:
        for email in ("a@evil.example@acme.example", "a b@acme.example", "<a@acme.example>", "@acme.example"):
            with self.subTest(email):
                client = browser()
                self.assertEqual(
                    self.sign_in({**NINA, "email": email}, client, email="n@acme.example").status_code, 403
                )
                self.assertNotSignedIn(client)
        self.assertFalse(SocialAccount.objects.exists())

    def test_an_address_of_another_domain_is_refused_and_ties_nothing(self) -> None:
        client = browser()
        response = self.sign_in({**NINA, "email": "nina@elsewhere.example"}, client, email="nina@acme.example")
        self.assertContains(response, "no domain that this organisation has proven", status_code=403)
        self.assertNotSignedIn(client)
        self.assertFalse(SocialAccount.objects.exists())
        self.assertFalse(User.objects.filter(email__startswith="nina").exists())
        (event,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual((event.reason, event.org_id), ("domain-not-proven", self.acme.pk))
        self.assertNotIn("nina", str(event.document["details"]))

    def test_an_address_that_the_provider_does_not_vouch_for_is_refused(self) -> None:
        for said in (False, None, "false"):
            with self.subTest(said):
                client = browser()
                response = self.sign_in({**NINA, "email_verified": said}, client)
                self.assertContains(response, "does not say that your address is verified", status_code=403)
                self.assertNotSignedIn(client)

    def test_an_owner_may_trust_a_provider_that_does_not_say_but_never_one_that_says_no(self) -> None:
        Connection.objects.update(trust_unmarked_email=True)
        unmarked = {name: value for name, value in NINA.items() if name != "email_verified"}
        client = browser()
        self.sign_in(unmarked, client)
        self.assertIn("_auth_user_id", client.session)
        refused = browser()
        self.sign_in({**NINA, "sub": "other", "email_verified": False}, refused)
        self.assertNotSignedIn(refused)


class DomainTrustTests(SsoTestCase):
    def test_a_provider_does_not_speak_for_members_of_other_organizations(self) -> None:
        """Evil Corp has a member at acme.example, who has proven the address to us."""
        carol = User.objects.create_user("carol@acme.example", name="Carol")
        self.has_proven_address(carol)
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=carol, role=Role.DEVELOPER)
        client = browser()
        response = self.sign_in(person(carol), client)
        self.assertContains(response, "in another organisation", status_code=403)
        self.assertNotSignedIn(client)
        self.assertFalse(SocialAccount.objects.exists())

    def test_the_provider_of_another_organization_cannot_assert_this_ones_members(self) -> None:
        """Mallory's provider says that somebody is Olivia."""
        self.connection = self.connect(self.evil_corp, self.mallory, self.oidc())
        self.prove("evil.example", self.evil_corp)
        client = browser()
        response = self.sign_in(person(self.olivia), client, email="mallory@evil.example")
        self.assertEqual(response.status_code, 403)
        self.assertNotSignedIn(client)

    def test_a_domain_that_is_given_up_lets_nobody_in_any_more(self) -> None:
        self.sign_in(NINA)
        url = self.begin(browser())
        Domain.objects.all().delete()
        client = browser()
        self.assertContains(client.post("/sign-in/sso", {"email": NINA["email"]}), "No organisation", status_code=422)
        answer = client.get(f"/sso/{self.connection.key}/callback", self.provider.authorize(url, NINA))
        self.assertEqual(answer.status_code, 401)

    def test_a_session_by_one_organizations_provider_reaches_that_one_only(self) -> None:
        self.has_proven_address(self.dev)
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.ADMIN)
        client = browser()
        self.sign_in(person(self.dev), client)
        self.assertSignedIn(client, self.dev)
        self.assertContains(client.get("/account"), "Acme")
        client.post("/account/organization", {"organization": str(self.evil_corp.pk)})
        self.assertNotSignedIn(client)


class OperatorTests(SsoTestCase):
    """Operators work for all organizations: no provider of one of them opens their account, or the admin by it."""

    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN, email="root@acme.example")
        self.forget_events()

    def test_an_operator_is_not_let_in_and_keeps_password_and_factors(self) -> None:
        key = give_authenticator(self.root)
        client = browser()
        self.assertContains(self.sign_in(person(self.root), client), "Operators do not sign in", status_code=403)
        self.assertNotSignedIn(client)
        self.root.refresh_from_db()
        self.assertTrue(has_factor(self.root) and key)
        self.assertFalse(SocialAccount.objects.exists())
        (event,) = self.assertEvents("person:sign-in:denied")
        self.assertEqual(event.reason, "operator-account")

    def test_whoever_becomes_one_is_not_let_in_any_more(self) -> None:
        self.sign_in(NINA)
        nina = User.objects.get(email=NINA["email"])
        set_platform_roles(actor=system("test"), user=nina, roles=[PlatformRole.AUDITOR])
        client = browser()
        self.assertEqual(self.sign_in(NINA, client).status_code, 403)
        self.assertNotSignedIn(client)

    def test_the_installations_own_provider_lets_them_in(self) -> None:
        self.has_proven_address(self.root)
        client = browser()
        with override_settings(KEYVAULT_OPERATOR_CONNECTION=self.connection.key, KEYVAULT_OPERATOR_ROLES=["*:auditor"]):
            self.sign_in(person(self.root), client)
        self.assertSignedIn(client, self.root)


class ReuseTests(SsoTestCase):
    def test_the_same_subject_at_two_connections_is_two_people(self) -> None:
        self.sign_in(NINA)
        self.prove("evil.example", self.evil_corp)
        self.connection = self.connect(self.evil_corp, self.mallory, self.oidc())
        self.sign_in({**NINA, "email": "ned@evil.example"})
        ties = SocialAccount.objects.filter(uid=NINA["sub"])
        self.assertEqual({tie.user.email for tie in ties}, {"nina@acme.example", "ned@evil.example"})

    def test_an_address_that_passes_to_a_colleague_does_not_pass_the_account(self) -> None:
        """Nina's address at the provider becomes Dev's: it is still Nina who signs in."""
        self.sign_in(NINA)
        nina = User.objects.get(email=NINA["email"])
        client = browser()
        self.sign_in({**NINA, "email": self.dev.email}, client)
        self.assertSignedIn(client, nina)
        self.assertFalse(SocialAccount.objects.filter(user=self.dev).exists())

    def test_an_account_whose_own_address_left_the_domain_is_refused(self) -> None:
        self.sign_in(NINA)
        User.objects.filter(email=NINA["email"]).update(email="nina@private.example")
        client = browser()
        self.assertEqual(self.sign_in(NINA, client).status_code, 403)
        self.assertNotSignedIn(client)


class LeaverTests(SsoTestCase):
    def test_signing_in_revives_nobody_who_was_removed(self) -> None:
        from keyvault.flows.offboarding import offboard_member

        self.sign_in(NINA)
        member = Membership.objects.select_related("org", "user").get(user__email=NINA["email"])
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=member)
        self.forget_events()
        client = browser()
        self.assertContains(self.sign_in(NINA, client), "has ended", status_code=403)
        self.assertNotSignedIn(client)
        self.assertFalse(Membership.objects.active().filter(user=member.user).exists())
        (event,) = self.assertEvents(f"{SIGN_IN}:denied")
        self.assertEqual(event.reason, "membership-ended")

    def test_signing_in_opens_no_closed_account(self) -> None:
        self.sign_in(NINA)
        User.objects.filter(email=NINA["email"]).update(is_active=False)
        client = browser()
        self.assertContains(self.sign_in(NINA, client), "Your account is closed", status_code=403)
        self.assertNotSignedIn(client)

    def test_a_connection_that_is_switched_off_meanwhile_lets_nobody_in(self) -> None:
        client = browser()
        url = self.begin(client)
        Connection.objects.update(enabled=False)
        answer = client.get(f"/sso/{self.connection.key}/callback", self.provider.authorize(url, NINA))
        self.assertEqual(answer.status_code, 403)
        self.assertNotSignedIn(client)


class AtomicTests(SsoTestCase):
    def test_whatever_fails_on_the_way_leaves_nothing_behind(self) -> None:
        with (
            mock.patch("keyvault.flows.sso.landing.admit", side_effect=ZeroDivisionError),
            self.assertRaises(ZeroDivisionError),
        ):
            self.sign_in(NINA)
        self.assertFalse(User.objects.filter(email=NINA["email"]).exists())
        self.assertNoEvent()
