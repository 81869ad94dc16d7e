"""A session of single sign-on reaches its own organization; every other sign-in those that do not insist on theirs."""

from typing import Any
from uuid import UUID

from django.test import Client

from accounts.models import TotpDevice, User
from keyvault.actor import Role
from orgs.models import Organization
from orgs.services.members import add_member
from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, browser

CHOOSE = "/account/organization"


def by_sso(user: User, org_id: UUID) -> Client:
    """As keyvault.flows.sso leaves it: bound before the session becomes somebody's."""
    client = browser()
    client.get("/sign-in")
    session = client.session
    session["sso_org"] = session["organization"] = str(org_id)
    session.save()
    client.cookies["keyvault"] = session.session_key or ""
    client.force_login(user)
    return client


class ReachTestCase(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.DEVELOPER)
        self.personal(self.olivia, "Olivia's laptop")

    def choose(self, client: Client, org: Organization) -> Any:
        return client.post(CHOOSE, {"organization": str(org.pk)})


class SingleSignOnTests(ReachTestCase):
    def test_it_reaches_its_own_organization_only(self) -> None:
        client = by_sso(self.dev, self.evil_corp.pk)
        self.assertEqual(client.get("/o/evil-corp/tokens").status_code, 200)
        self.assertEqual(client.get(KEYS).status_code, 403)
        session = client.session
        session["organization"] = str(self.acme.pk)
        session.save()
        self.assertEqual(client.get("/")["Location"], "/o/evil-corp/")
        self.assertEqual(client.get(KEYS).status_code, 403)

    def test_switching_asks_for_the_others_sign_in_and_arrives_there(self) -> None:
        client = by_sso(self.dev, self.evil_corp.pk)
        self.forget_events()
        answer = self.choose(client, self.acme)
        self.assertEqual((answer.status_code, answer["Location"]), (302, "/sign-in?next=/account"))
        self.assertEvents("person:sign-out", "person:sign-out")
        self.assertEqual(client.get(KEYS).status_code, 302)
        client.force_login(self.dev)
        self.assertContains(client.get("/account"), "Acme")
        self.assertContains(client.get(KEYS), "Olivia&#x27;s laptop")

    def test_it_reaches_nothing_once_the_membership_has_ended(self) -> None:
        client = by_sso(self.vera, self.evil_corp.pk)
        answer = client.get(KEYS)
        self.assertContains(answer, "single-sign-on-required", status_code=403)
        self.assertContains(answer, "Acme", status_code=403)

    def test_it_is_no_proof_for_what_opens_the_other_organizations_too(self) -> None:
        """Whoever runs one organization's provider must not add a passkey that opens the others."""
        page = "/account/factors/authenticators"
        self.assertEqual(by_sso(self.dev, self.evil_corp.pk).post(page)["Location"][:25], "/account/confirm-password")
        self.assertTrue(by_sso(self.vera, self.acme.pk).post(page)["Location"].startswith(page))
        self.assertTrue(browser(self.dev).post(page)["Location"].startswith(page))


class InsistingTests(ReachTestCase):
    def setUp(self) -> None:
        super().setUp()
        Organization.objects.filter(pk=self.acme.pk).update(sso_enforced=True)

    def test_a_password_does_not_reach_an_organization_that_insists(self) -> None:
        client = browser(self.dev)
        self.assertEqual(client.get(KEYS).status_code, 403)
        self.assertEqual(self.choose(client, self.acme)["Location"], "/sign-in?next=/account")

    def test_its_own_sign_on_does(self) -> None:
        self.assertContains(by_sso(self.dev, self.acme.pk).get(KEYS), "Olivia&#x27;s laptop")

    def test_who_is_in_no_other_is_told_what_is_asked_for(self) -> None:
        answer = browser(self.vera).get(KEYS)
        self.assertContains(answer, "This session does not reach Acme.", status_code=403)

    def test_an_owner_breaks_the_glass_with_a_second_factor_only(self) -> None:
        self.assertEqual(browser(self.olivia).get(KEYS).status_code, 403)
        self.assertEqual(verified(self.olivia).get(KEYS).status_code, 200)
        self.assertEqual(verified(self.adam).get(KEYS).status_code, 403)


def verified(user: User) -> Client:
    """Signed in, and the second factor was shown."""
    device = TotpDevice(user=user, name="Phone", confirmed=True)
    device.key = "JBSWY3DPEHPK3PXP"
    device.save()
    client = browser(user)
    session = client.session
    session["otp_device_id"] = device.persistent_id
    session.save()
    return client
