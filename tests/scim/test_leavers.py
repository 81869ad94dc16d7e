"""The leaver: what a directory ends is over at the next request, whoever it was; and it comes back by the directory."""

import datetime as dt

from accounts.models import User
from keyvault.actor import Role, TokenKind, Verb
from orgs.models import DirectoryPerson, Membership
from orgs.services.admission import may_be_admitted_by_sso
from orgs.services.members import add_member
from tests.scim.scene import DirectoryTestCase, person
from tests.web.scene import browser
from tokens.models import AccessToken
from tokens.services import issue_token

OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}


class LeaverTests(DirectoryTestCase):
    def token_of(self, user: User) -> str:
        issued = issue_token(
            actor=self.actor(user, org=self.acme),
            kind=TokenKind.PERSON,
            name=f"laptop of {user.email}",
            verbs=[Verb.LIST],
            lifetime=dt.timedelta(days=1),
        )
        return issued.value or ""

    def whoami(self, token: str) -> int:
        return self.client.get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"}).status_code

    def test_threat_leaver_by_scim_is_out_at_the_next_request(self) -> None:
        user = self.provisioned("nora")
        token, page = self.token_of(user), browser(user)
        self.assertEqual((self.whoami(token), page.get("/o/acme/tokens").status_code), (200, 200))
        self.forget_events()
        response = self.patch(f"/Users/{user.pk}", OFF)
        self.assertEqual((response.status_code, response.json()["active"]), (200, False))
        self.assertEqual(self.whoami(token), 401)
        self.assertNotEqual(page.get("/o/acme/tokens").status_code, 200)
        self.assertIsNone(self.live(user))
        events = self.assertEventsInclude("token:revoke", "session:end", "member:remove")
        self.assertLessEqual({"SCIM"}, {event.document["actor"]["name"] for event in events})
        self.assertEqual(Membership.objects.get(user=user).ended_by, "scim")
        user.refresh_from_db()
        self.assertTrue(user.is_active)  # the account may be needed elsewhere; it reaches nothing here

    def test_deleting_ends_the_same_and_forgets(self) -> None:
        user = self.provisioned("nora")
        token = self.token_of(user)
        self.assertEqual(self.delete(f"/Users/{user.pk}").status_code, 204)
        self.assertEqual(self.whoami(token), 401)
        self.assertError(self.get(f"/Users/{user.pk}"), 404)
        self.assertError(self.delete(f"/Users/{user.pk}"), 404)
        self.assertEqual(self.get('/Users?filter=userName eq "nora@acme.example"').json()["totalResults"], 0)
        self.assertTrue(User.objects.filter(pk=user.pk).exists())

    def test_whoever_was_deleted_may_be_created_again_with_the_same_id(self) -> None:
        user = self.provisioned("nora")
        self.delete(f"/Users/{user.pk}")
        self.assertEqual(self.provisioned("nora"), user)
        self.assertIsNotNone(self.live(user))

    def test_members_by_hand_and_owners_leave_by_it_too(self) -> None:
        add_member(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, person=self.mallory, role=Role.OWNER)
        for user in (self.adam, self.olivia):
            with self.subTest(user.email):
                self.assertEqual(self.patch(f"/Users/{user.pk}", OFF).status_code, 200)
                self.assertIsNone(self.live(user))

    def test_the_last_owner_stays_and_the_directory_is_told(self) -> None:
        token = self.token_of(self.olivia)
        self.forget_events()
        for method, body in (("PATCH", {"Operations": [OFF]}), ("DELETE", None)):
            document = self.assertError(self.call(method, f"/Users/{self.olivia.pk}", body), 409)
            self.assertIn("keeps one owner at least", document["detail"])
            self.assertEventsInclude("member:remove:error")
        self.assertEqual(self.whoami(token), 200)
        self.assertTrue(self.get(f"/Users/{self.olivia.pk}").json()["active"])

    def test_other_organizations_notice_nothing(self) -> None:
        self.proven("evil.example")
        self.post("/Users", person("mallory", "evil.example"))
        elsewhere = issue_token(
            actor=self.actor(self.mallory, org=self.evil_corp),
            kind=TokenKind.PERSON,
            name="laptop",
            verbs=[Verb.LIST],
            lifetime=dt.timedelta(days=1),
        ).value
        here, page = self.token_of(self.mallory), browser(self.mallory)
        self.delete(f"/Users/{self.mallory.pk}")
        self.assertEqual((self.whoami(here), self.whoami(elsewhere or "")), (401, 200))
        self.assertEqual(page.get("/o/evil-corp/tokens").status_code, 200)
        self.assertIsNotNone(self.live(self.mallory, self.evil_corp))
        self.mallory.refresh_from_db()
        self.assertTrue(self.mallory.is_active)

    def test_done_twice_it_is_done_once(self) -> None:
        user = self.provisioned("nora")
        self.patch(f"/Users/{user.pk}", OFF)
        self.forget_events()
        self.assertEqual(self.patch(f"/Users/{user.pk}", OFF).status_code, 200)
        self.assertNoEvent()

    def test_the_end_comes_before_what_else_the_request_says(self) -> None:
        """A directory that sends somebody's long name with the end would else never be rid of them."""
        for who, field, value, status, kind in (
            ("nora", "userName", "dev@acme.example", 409, "uniqueness"),
            ("olaf", "displayName", "x" * 121, 400, "invalidValue"),
            ("pia", 'emails[type eq "work"].value', "elsewhere@other.example", 403, None),
        ):
            user = self.provisioned(who)
            other = {"op": "replace", "path": field, "value": value}
            with self.subTest(field):
                self.assertError(self.patch(f"/Users/{user.pk}", other, OFF), status, kind)
                self.assertIsNone(self.live(user))
                self.assertFalse(self.get(f"/Users/{user.pk}").json()["active"])


class ReturnTests(DirectoryTestCase):
    def test_the_directory_brings_back_with_a_new_membership(self) -> None:
        user = self.provisioned("nora")
        first = self.live(user)
        self.patch(f"/Users/{user.pk}", OFF)
        self.assertTrue(self.patch(f"/Users/{user.pk}", ON).json()["active"])
        second = self.live(user)
        assert first
        assert second
        self.assertNotEqual(first.pk, second.pk)
        self.assertEqual(second.source, "scim")
        self.assertEventsInclude("member:remove", "member:add")

    def test_no_token_comes_back(self) -> None:
        user = self.provisioned("nora")
        LeaverTests.token_of(self, user)  # type: ignore[arg-type]
        self.patch(f"/Users/{user.pk}", OFF)
        self.patch(f"/Users/{user.pk}", ON)
        self.assertEqual(AccessToken.objects.get(membership__user=user).state, "revoked")

    def test_groups_come_back_without_being_told_again(self) -> None:
        """Entra says nothing of groups when it enables somebody: for it nothing about them has changed."""
        user = self.provisioned("nora")
        self.group("Payments", user)
        self.patch(f"/Users/{user.pk}", OFF)
        self.assertEqual(self.teams_of(user), [])
        self.patch(f"/Users/{user.pk}", ON)
        self.assertEqual(self.teams_of(user), ["payments:scim"])

    def test_single_sign_on_does_not_bring_back(self) -> None:
        user = self.provisioned("nora")
        self.assertTrue(may_be_admitted_by_sso(self.acme, user))
        self.patch(f"/Users/{user.pk}", OFF)
        self.assertFalse(may_be_admitted_by_sso(self.acme, user))
        self.assertTrue(may_be_admitted_by_sso(self.evil_corp, user))
        self.delete(f"/Users/{user.pk}")
        self.assertFalse(may_be_admitted_by_sso(self.acme, user))

    def test_nor_somebody_whom_the_directory_made_inactive(self) -> None:
        self.assertFalse(may_be_admitted_by_sso(self.acme, self.provisioned("nora", active=False)))

    def test_an_admin_may_still_add_the_person(self) -> None:
        user = self.provisioned("nora")
        self.delete(f"/Users/{user.pk}")
        add_member(actor=self.actor(self.adam), org=self.acme, person=user, role=Role.VIEWER)
        self.assertTrue(may_be_admitted_by_sso(self.acme, user))
        self.assertTrue(self.get(f"/Users/{user.pk}").json()["active"])

    def test_a_closed_account_is_not_opened(self) -> None:
        user = self.provisioned("nora")
        self.patch(f"/Users/{user.pk}", OFF)
        User.objects.filter(pk=user.pk).update(is_active=False)
        self.assertError(self.patch(f"/Users/{user.pk}", ON), 409)
        self.assertIsNone(self.live(user))
        self.assertTrue(DirectoryPerson.objects.filter(user=user).exists())
