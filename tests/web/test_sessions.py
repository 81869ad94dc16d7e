"""Account → Sessions: where one is signed in, and the end of one or of all others."""

from django.test import Client

from accounts.agents import UNKNOWN, device_of
from accounts.models import BrowserSession
from keyvault.actor import Role
from orgs.models import Organization
from orgs.services.members import add_member
from tests.accounts.test_session_reach import by_sso
from tests.cast import CastTestCase
from tests.web.scene import browser, page

SESSIONS = "/account/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def newest() -> BrowserSession:
    return BrowserSession.objects.latest("began_at", "id")


class SessionsPageTests(CastTestCase):
    def test_it_lists_ones_own_with_browser_address_and_which_one_this_is(self) -> None:
        browser(self.vera)
        other, client = browser(self.dev), browser(self.dev)
        BrowserSession.objects.filter(pk=newest().pk).update(agent=FIREFOX)
        answer = client.get(SESSIONS)
        self.assertContains(answer, "Firefox on Linux")
        self.assertContains(answer, "This one", count=1)
        self.assertEqual(len(page(answer).all("tr")), 3)
        self.assertContains(answer, "12 hours")
        self.assertContains(answer, "240 minutes")
        self.assertEqual(len(page(other.get(SESSIONS)).all("tr")), 3)

    def test_one_is_ended_and_refused_at_its_next_request(self) -> None:
        client, lost = browser(self.dev), browser(self.dev)
        row = newest()
        self.forget_events()
        answer = client.post(f"{SESSIONS}/{row.pk}/end", follow=True)
        self.assertContains(answer, "has ended")
        self.assertEvents("session:end")
        self.assertContains(lost.get("/account"), "It was ended from the list of sessions.", status_code=401)
        self.assertEqual(client.get(SESSIONS).status_code, 200)

    def test_all_others_are_ended_at_once(self) -> None:
        client, others = browser(self.dev), [browser(self.dev), browser(self.dev)]
        strangers = browser(self.vera)
        self.forget_events()
        self.assertContains(client.post(f"{SESSIONS}/others/end", follow=True), "2 other sessions ended.")
        self.assertEvents("session:end", "session:end")
        self.assertEqual([each.get("/account").status_code for each in others], [401, 401])
        self.assertEqual([each.get("/account").status_code for each in (client, strangers)], [200, 200])

    def test_nobody_ends_a_session_of_somebody_else(self) -> None:
        browser(self.dev)
        row, client = newest(), browser(self.olivia)
        self.forget_events()
        self.assertEqual(client.post(f"{SESSIONS}/{row.pk}/end").status_code, 404)
        self.assertNoEvent()
        row.refresh_from_db()
        self.assertIsNone(row.ended_at)

    def test_ending_takes_a_post_and_the_forms_token(self) -> None:
        browser(self.dev)
        row = newest()
        client = browser(self.dev, enforce_csrf_checks=True)
        for address in (f"{SESSIONS}/{row.pk}/end", f"{SESSIONS}/others/end"):
            self.assertEqual(client.get(address).status_code, 405)
            self.assertEqual(client.post(address).status_code, 403)
        row.refresh_from_db()
        self.assertIsNone(row.ended_at)

    def test_a_session_that_is_bound_says_to_which_organization(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        by_sso(self.dev, self.evil_corp.pk)
        self.assertContains(browser(self.dev).get(SESSIONS), "Evil Corp only")


class FromOutsideTests(CastTestCase):
    """Who is kept out of one organization still finds the way to the others, and to the own account."""

    def setUp(self) -> None:
        super().setUp()
        Organization.objects.filter(pk=self.acme.pk).update(allowed_networks=["192.0.2.0/24"])

    def test_the_own_sessions_open_from_anywhere(self) -> None:
        self.assertEqual(browser(self.dev).get(SESSIONS).status_code, 200)

    def test_the_account_leads_to_another_organization(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        client = browser(self.dev)
        self.assertEqual(client.get("/o/acme/tokens").status_code, 403)
        answer = client.get("/account")
        self.assertContains(answer, "does not open from here")
        client.post("/account/organization", {"organization": str(self.evil_corp.pk)})
        self.assertContains(client.get("/account"), "Viewer")

    def test_who_is_in_no_other_is_told_the_rule(self) -> None:
        self.assertContains(browser(self.dev).get("/account"), "organization-network", status_code=403)

    def test_the_account_says_where_another_sign_in_is_asked_for(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        client: Client = by_sso(self.dev, self.evil_corp.pk)
        self.assertContains(client.get("/account"), "Sign in there")


class DeviceTests(CastTestCase):
    def test_common_browsers_are_named(self) -> None:
        chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36"
        iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1"
        names = {
            FIREFOX: "Firefox on Linux",
            chrome: "Chrome on Windows",
            chrome + " Edg/143.0": "Edge on Windows",
            iphone: "Safari on iPhone",
            "curl/8.5.0": "curl",
            "": UNKNOWN,
            "<script>": UNKNOWN,
        }
        for agent, name in names.items():
            self.assertEqual(device_of(agent), name)
