"""The account: who one is, in which organization, and the way from one to the other."""

from uuid import uuid4

from keyvault.actor import Role
from keyvault.flows.offboarding import offboard_member
from orgs.services.members import add_member
from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, browser

CHOOSE = "/account/organization"


class AccountTests(TokenTestCase):
    def test_it_says_who_where_and_as_what(self) -> None:
        answer = browser(self.dev).get("/account")
        for text in (self.dev.email, "Acme", "Developer"):
            self.assertContains(answer, text)
        self.assertNotContains(answer, "Your organisations")

    def test_a_person_of_two_organizations_begins_in_the_older_and_switches(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        self.personal(self.olivia, "Olivia's laptop")
        client = browser(self.dev)
        self.assertEqual(client.get("/")["Location"], "/o/acme/")
        self.assertContains(client.get(KEYS), "Olivia&#x27;s laptop")
        self.assertEqual(client.post(CHOOSE, {"organization": str(self.evil_corp.pk)}).status_code, 302)
        self.assertContains(client.get("/account"), "Viewer")
        self.assertEqual(client.get("/")["Location"], "/o/evil-corp/")
        self.assertNotContains(client.get("/o/evil-corp/tokens"), "Olivia&#x27;s laptop")

    def test_the_organization_of_an_address_is_the_one_chosen_from_then_on(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        client = browser(self.dev)
        self.assertContains(client.get("/o/evil-corp/"), "Evil Corp")
        self.assertEqual(client.get("/")["Location"], "/o/evil-corp/")
        client.get(KEYS)
        self.assertEqual(client.get("/")["Location"], "/o/acme/")

    def test_nobody_switches_to_where_they_are_not(self) -> None:
        client = browser(self.dev)
        for chosen in (str(self.evil_corp.pk), str(uuid4()), "evil-corp", ""):
            with self.subTest(chosen):
                self.assertEqual(client.post(CHOOSE, {"organization": chosen}).status_code, 404)
        self.assertContains(client.get("/account"), "Acme")

    def test_who_was_removed_is_out_at_the_next_request(self) -> None:
        client = browser(self.dev)
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.dev))
        self.assertEqual(client.get("/account").status_code, 401)
        answer = browser(self.dev).get("/account")
        self.assertContains(answer, "You are in no organisation.", status_code=403)
        self.assertContains(answer, "no-role", status_code=403)
        self.assertEqual(browser(self.dev).get(KEYS).status_code, 404)

    def test_a_sign_in_is_in_the_log_of_each_organization(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        self.forget_events()
        browser(self.dev)
        events = self.assertEvents("person:sign-in", "person:sign-in")
        self.assertEqual({event.org_id for event in events}, {self.acme.pk, self.evil_corp.pk})
        self.assertNotIn(b"evil", bytes(next(event.entry for event in events if event.org_id == self.acme.pk)))
