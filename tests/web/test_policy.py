"""Settings → Policy: seen by all, changed by owners with a fresh second factor, networks tried out first."""

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from orgs.models import Organization
from tests.accounts.factors import give_authenticator, give_password, verified
from tests.tokens.scene import TokenTestCase
from tests.web.scene import browser, page, quickly
from tokens.models import AccessToken, TokenUse

POLICY = "/o/acme/settings/policy"
CHANGE = f"{POLICY}/change"
NETWORKS = f"{POLICY}/networks"
TRIAL = f"{NETWORKS}/trial"
CONFIRMATION = f"{NETWORKS}/confirmation"
HELD = {
    "idle_minutes": "240",
    "token_max_days": "365",
    "stale_token_days": "90",
    "found_tokens": "revoke",
    "found_team_tokens": "notice",
}


@quickly
class PolicyPageTestCase(TokenTestCase):
    def stepped_up(self, user: User) -> Client:
        client = verified(give_password(user), give_authenticator(user))
        self.forget_events()
        return client

    def policy(self) -> Organization:
        return Organization.objects.get(pk=self.acme.pk)


class PolicyPageTests(PolicyPageTestCase):
    def test_every_member_sees_it_and_owners_are_offered_the_change(self) -> None:
        for user, offered in ((self.olivia, True), (self.adam, False), (self.vera, False)):
            answer = browser(user).get(POLICY)
            self.assertContains(answer, "365 days")
            self.assertEqual(CHANGE in answer.content.decode(), offered, user.email)
        self.assertEventsInclude("organization:view")

    def test_a_change_is_asked_for_the_second_factor_first(self) -> None:
        client = browser(self.olivia)
        for address in (CHANGE, NETWORKS):
            self.assertTrue(client.get(address)["Location"].startswith("/account/step-up"))
        for address in (CHANGE, NETWORKS, TRIAL, CONFIRMATION):
            self.assertTrue(client.post(address, HELD)["Location"].startswith("/account/step-up"))
        self.assertNoEvent("organization:policy")

    def test_a_change_is_saved_with_its_event(self) -> None:
        client = self.stepped_up(self.olivia)
        answer = client.post(CHANGE, {**HELD, "idle_minutes": "60", "mfa_required": "on"}, follow=True)
        self.assertContains(answer, "The policy is saved.")
        self.assertContains(answer, "End after 60 minutes")
        self.assertEqual((self.policy().idle_minutes, self.policy().mfa_required), (60, True))
        event = self.assertEventsInclude("organization:policy")[0]
        self.assertEqual(event.document["details"]["idle_minutes"], {"from": 240, "to": 60})

    def test_what_is_out_of_bounds_is_said_at_its_field(self) -> None:
        client = self.stepped_up(self.olivia)
        answer = client.post(CHANGE, {**HELD, "idle_minutes": "30"})
        self.assertContains(answer, "greater than or equal to 60", status_code=422)
        self.assertEqual(self.policy().idle_minutes, 240)

    def test_what_would_lock_people_out_is_said_at_its_field(self) -> None:
        answer = self.stepped_up(self.olivia).post(CHANGE, {**HELD, "sso_enforced": "on"})
        self.assertContains(answer, "There is no single sign-on to insist on.", status_code=409)
        self.assertFalse(self.policy().sso_enforced)

    def test_an_admin_changes_nothing(self) -> None:
        client = self.stepped_up(self.adam)
        self.assertEqual(client.post(CHANGE, {**HELD, "idle_minutes": "60"}).status_code, 403)
        self.assertEqual(client.post(TRIAL, {"networks": "10.0.0.0/8"}).status_code, 403)
        self.assertEqual(client.post(CONFIRMATION).status_code, 403)
        self.assertEqual((self.policy().idle_minutes, self.policy().allowed_networks), (240, []))


class NetworksPageTests(PolicyPageTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = self.stepped_up(self.olivia)
        self.address = str(self.client.defaults["REMOTE_ADDR"])

    def preview(self, networks: str) -> Any:
        return self.client.post(NETWORKS, {"networks": networks})

    def used(self, name: str, address: str | None, days: float) -> AccessToken:
        token = self.personal(self.olivia, name).token
        at = timezone.now() - dt.timedelta(days=days)
        TokenUse.objects.create(token=token, org=self.acme, last_at=at, address=address)
        return token

    def test_the_preview_says_whether_ones_own_address_is_inside(self) -> None:
        self.assertIn("is inside", page(self.preview(f"{self.address}/32")).texts["your-address"])
        outside = page(self.preview("192.0.2.0/24")).texts["your-address"]
        self.assertIn("is outside", outside)
        self.assertIn(self.address, outside)

    def test_it_names_the_tokens_of_the_last_seven_days_that_would_be_cut(self) -> None:
        self.used("From the office", "203.0.113.9", 1)
        self.used("From home", "198.51.100.9", 1)
        self.used("From nowhere", None, 6.9)
        self.used("From home, long ago", "198.51.100.9", 7.1)
        answer = self.preview("203.0.113.0/24")
        self.assertContains(answer, "2 tokens used from outside")
        for name, cut in (
            ("From home<", True),
            ("From nowhere", True),
            ("From the office", False),
            ("long ago", False),
        ):
            self.assertEqual(name in answer.content.decode(), cut, name)

    def test_it_names_the_sessions_that_would_be_cut_and_those_of_others_never(self) -> None:
        browser(self.dev)
        browser(self.mallory)
        answer = self.preview(f"{self.address}/32")
        self.assertContains(answer, "1 open session from outside")
        self.assertContains(answer, self.dev.email)
        self.assertNotContains(answer, self.mallory.email)

    def test_a_preview_changes_nothing_and_is_an_event(self) -> None:
        self.preview("192.0.2.0/24")
        self.assertEqual(self.policy().allowed_networks, [])
        [event] = self.assertEvents("organization:networks-preview")
        self.assertEqual(event.document["details"], {"allowed_networks": ["192.0.2.0/24"]})

    def test_what_is_no_network_is_said_at_the_field(self) -> None:
        self.assertContains(self.preview("10.0.0.1/8"), "perhaps 10.0.0.0/8 is meant", status_code=422)

    def test_tried_out_and_confirmed_from_inside_it_is_kept(self) -> None:
        self.assertContains(
            self.client.post(TRIAL, {"networks": f"{self.address}/32"}, follow=True), "New networks are being tried out"
        )
        self.assertContains(self.client.post(CONFIRMATION, follow=True), "The networks are kept.")
        self.assertEqual(self.policy().allowed_networks, [f"{self.address}/32"])
        self.assertIsNone(self.policy().networks_confirm_by)

    def test_who_shuts_themselves_out_is_out_at_once_and_cannot_confirm(self) -> None:
        answer = self.client.post(TRIAL, {"networks": "192.0.2.0/24"}, follow=True)
        self.assertContains(answer, "organization-network", status_code=403)
        self.assertEqual(self.client.post(CONFIRMATION).status_code, 403)
        self.assertIsNotNone(self.policy().networks_confirm_by)
