"""One's own sessions by token: seen and ended, and nobody else's are there."""

from django.test import Client

from accounts.models import BrowserSession
from accounts.services.sessions import sessions_of
from keyvault.actor import Role, Verb
from orgs.models import Organization
from orgs.services.members import add_member
from tests.api.scene import ApiTestCase
from tests.web.scene import browser

SESSIONS = "/api/v1/sessions"


class OwnSessionsTests(ApiTestCase):
    signed_in: Client

    def setUp(self) -> None:
        super().setUp()
        self.signed_in = browser(self.dev)
        browser(self.vera)
        self.forget_events()

    def listed(self, who: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.get(who, SESSIONS).json()["results"]
        return rows

    def test_a_person_sees_their_own(self) -> None:
        [row] = self.listed("dev")
        session = sessions_of(self.dev)[0]
        self.assertEqual((row["id"], row["address"], row["bound"]), (str(session.pk), session.address, False))
        self.assertEvents("session:list")
        self.assertEqual(self.listed("olivia"), [])
        self.assertEqual(self.listed("robot"), [])

    def test_an_ended_one_is_refused_at_its_next_request(self) -> None:
        [row] = self.listed("dev")
        self.assertEqual(self.signed_in.get("/account").status_code, 200)
        self.assertEqual(self.call("dev", "DELETE", f"{SESSIONS}/{row['id']}").status_code, 204)
        self.assertEqual(self.signed_in.get("/account").status_code, 401)
        self.assertEqual(self.listed("dev"), [])

    def test_nobody_ends_somebody_elses_not_even_an_owner(self) -> None:
        session = sessions_of(self.dev)[0]
        self.assertEqual(self.call("olivia", "DELETE", f"{SESSIONS}/{session.pk}").status_code, 404)
        session.refresh_from_db()
        self.assertIsNone(session.ended_at)
        self.assertNoEvent()

    def test_a_token_that_does_not_manage_neither_sees_nor_ends(self) -> None:
        token = self.personal(self.dev, "A reader", (Verb.LIST, Verb.READ))
        session = sessions_of(self.dev)[0]
        self.assertRefused(self.get(token, SESSIONS), 403, "token-lacks-verb")
        self.assertRefused(self.call(token, "DELETE", f"{SESSIONS}/{session.pk}"), 403, "token-lacks-verb")

    def test_what_is_bound_to_another_organization_is_not_there(self) -> None:
        BrowserSession.objects.filter(user=self.dev).update(sso_org=self.evil_corp.pk)
        self.assertEqual(self.listed("dev"), [])

    def test_another_organization_hears_of_the_end_but_not_of_the_token(self) -> None:
        add_member(actor=self.actor(self.mallory), org=self.evil_corp, person=self.dev, role=Role.VIEWER)
        session = sessions_of(self.dev)[0]
        self.forget_events()
        self.call("dev", "DELETE", f"{SESSIONS}/{session.pk}")
        ours, theirs = self.assertEvents("session:end", "session:end")
        self.assertEqual((ours.org_id, theirs.org_id), (self.acme.pk, self.evil_corp.pk))
        self.assertEqual(ours.document["token"]["name"], "Dev's laptop")
        self.assertIsNone(theirs.document["token"])


class PolicyTests(ApiTestCase):
    def test_every_token_reads_the_policy_that_binds_it(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(mfa_required=True, allowed_networks=["127.0.0.0/8"])
        policy = self.get("ci", "/api/v1/organization").json()
        self.assertEqual((policy["mfa_required"], policy["sso_enforced"], policy["idle_minutes"]), (True, False, 240))
        self.assertEqual((policy["allowed_networks"], policy["networks_confirm_by"]), (["127.0.0.0/8"], None))
