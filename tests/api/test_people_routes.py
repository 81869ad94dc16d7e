"""Invitations and ends of memberships as a token sees them: looked at, never done."""

from keyvault.actor import Role
from keyvault.flows.offboarding import offboard_member
from orgs.models import Offboarding
from orgs.services.invitations import invite_person
from tests.api.scene import ApiTestCase
from tests.web.scene import browser


class InvitationRouteTests(ApiTestCase):
    def test_they_are_listed_without_anything_of_the_link(self) -> None:
        made = invite_person(
            actor=self.actor(self.adam), org=self.acme, email="ina@guest.example", role=Role.VIEWER, unit="Payments"
        )
        answer = self.get("olivia", "/api/v1/invitations")
        [shown] = answer.json()["results"]
        self.assertEqual((shown["email"], shown["role"], shown["unit"]), ("ina@guest.example", "viewer", "Payments"))
        self.assertEqual((shown["invited_by"], shown["state"], shown["open"]), ("adam@acme.example", "open", True))
        self.assertNotIn(made.code.encode(), answer.content)
        self.assertNotIn("digest", shown)
        self.assertEqual(self.get("olivia", f"/api/v1/invitations/{made.invitation.pk}").json(), shown)

    def test_a_token_invites_nobody(self) -> None:
        body = {"email": "x@guest.example", "role": "viewer"}
        self.assertEqual(self.post("olivia", "/api/v1/invitations", body).status_code, 405)


class MembersSessionsTests(ApiTestCase):
    def test_an_admins_token_ends_those_of_a_member(self) -> None:
        client = browser(self.dev)
        path = f"/api/v1/members/{self.membership(self.dev).pk}/sessions"
        answer = self.call("adam", "DELETE", path)
        self.assertEqual((answer.status_code, answer.json()), (200, {"ended": 1}))
        self.assertEqual(client.get("/account").status_code, 401)
        self.assertEqual(self.call("dev", "DELETE", path).status_code, 403)

    def test_and_none_of_an_owner(self) -> None:
        path = f"/api/v1/members/{self.membership(self.olivia).pk}/sessions"
        self.assertEqual(self.call("adam", "DELETE", path).status_code, 403)


class OffboardingRouteTests(ApiTestCase):
    def test_the_preview_names_what_would_end(self) -> None:
        path = f"/api/v1/members/{self.membership(self.dev).pk}/offboarding"
        shown = self.get("olivia", path).json()
        self.assertEqual((shown["tokens"], shown["grants"], shown["sessions"]), (["Dev's laptop"], 1, 0))
        self.assertEqual((shown["successor"], shown["refusal"]), ("olivia@acme.example", ""))
        self.assertEqual(self.post("olivia", path, {}).status_code, 405)

    def test_that_of_the_last_owner_says_why_not(self) -> None:
        shown = self.get("adam", f"/api/v1/members/{self.membership(self.olivia).pk}/offboarding").json()
        self.assertEqual(shown["refusal"], "An organization keeps one owner at least. Make somebody else owner first.")
        self.assertIsNone(shown["successor"])

    def test_a_report_is_shown_with_whether_it_is_as_it_was_kept(self) -> None:
        offboard_member(
            actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.dev), reason="moved on"
        )
        [listed] = self.get("olivia", "/api/v1/offboardings").json()["results"]
        self.assertEqual((listed["email"], listed["state"], listed["reason"]), ("dev@acme.example", "done", "moved on"))
        path = f"/api/v1/offboardings/{listed['id']}"
        shown = self.get("olivia", path).json()
        self.assertTrue(shown["signed"])
        self.assertEqual(shown["report"]["tokens_revoked"][0]["name"], "Dev's laptop")
        Offboarding.objects.update(report=b'{"v":1}')
        self.assertFalse(self.get("olivia", path).json()["signed"])
