"""People through SCIM: created, read, changed."""

from typing import Any

from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from keyvault.actor import Role
from orgs.models import DirectoryPerson, Membership
from tests.scim.scene import ENTERPRISE, DirectoryTestCase, person
from tests.web.scene import browser


class CreateTests(DirectoryTestCase):
    def test_a_new_person_is_a_viewer_without_a_password(self) -> None:
        response = self.post("/Users", person("nora"))
        document = response.json()
        user = User.objects.get(email="nora@acme.example")
        self.assertEqual(response.status_code, 201, document)
        self.assertEqual(response["Content-Type"], "application/scim+json")
        self.assertEqual(response["Location"], document["meta"]["location"])
        self.assertTrue(document["meta"]["location"].endswith(f"/scim/v2/Users/{user.pk}"))
        self.assertEqual(document["id"], str(user.pk))
        self.assertEqual((document["userName"], document["active"]), ("nora@acme.example", True))
        self.assertEqual(document["name"]["familyName"], "Newton")
        self.assertNotIn("password", document)
        self.assertFalse(user.has_usable_password())
        self.assertEqual((user.name, user.is_active), ("Nora Newton", True))
        member = Membership.objects.get(user=user)
        self.assertEqual((member.org, member.role, member.source), (self.acme, Role.VIEWER, "scim"))
        [event] = self.assertEvents("member:add")
        self.assertEqual((event.document["actor"]["name"], event.document["actor"]["type"]), ("SCIM", "system"))
        self.assertEqual(event.document["token"]["name"], "Okta")
        self.assertTrue(event.document["details"]["new_account"])

    def test_the_newcomer_may_set_a_password_by_a_mail_to_the_address(self) -> None:
        user = self.provisioned("nora")
        self.assertEqual(mail.outbox, [])
        browser().post("/password-reset", {"email": user.email})
        [sent] = mail.outbox
        self.assertEqual(sent.to, [user.email])
        self.assertIn("/password-reset/", str(sent.body))

    def test_the_connection_says_the_role_of_newcomers(self) -> None:
        self.connection(default_role="developer")
        self.assertEqual(Membership.objects.get(user=self.provisioned()).role, Role.DEVELOPER)

    def test_the_department_is_the_unit(self) -> None:
        user = self.provisioned("nora", **{ENTERPRISE: {"department": "Payments", "manager": {"value": "x"}}})
        self.assertEqual(Membership.objects.get(user=user).unit, "Payments")
        self.assertEqual(self.get(f"/Users/{user.pk}").json()[ENTERPRISE], {"department": "Payments"})

    def test_the_address_is_the_primary_one_and_the_user_name_the_directory_s_own(self) -> None:
        emails = [{"value": "home@other.example", "type": "home"}, {"value": "Nora.N@Acme.Example", "primary": True}]
        user = self.provisioned("nora", userName="CORP\\nora", emails=emails)
        self.assertEqual(user.email, "nora.n@acme.example")
        found = self.get('/Users?filter=userName eq "corp\\\\NORA"').json()
        self.assertEqual([each["id"] for each in found["Resources"]], [str(user.pk)])

    def test_a_user_name_that_is_an_address_will_do(self) -> None:
        self.assertEqual(self.provisioned("nora", emails=None).email, "nora@acme.example")

    def test_domains_of_a_local_network_are_addresses_too(self) -> None:
        self.assertEqual(self.provisioned("nora", emails=[{"value": "nora@corp.local"}]).email, "nora@corp.local")

    def test_created_inactive_is_known_and_no_member(self) -> None:
        user = self.provisioned("nora", active=False)
        self.assertIsNone(self.live(user))
        self.assertFalse(self.get(f"/Users/{user.pk}").json()["active"])

    def test_a_second_one_of_the_name_or_address_is_refused(self) -> None:
        self.provisioned("nora")
        self.forget_events()
        self.assertError(self.post("/Users", person("nora")), 409, "uniqueness")
        self.assertEvents("member:add:error")
        emails = [{"value": "nora@acme.example"}]
        self.assertError(self.post("/Users", person("other", emails=emails)), 409, "uniqueness")
        self.assertError(self.post("/Users", person("other", userName="NORA@acme.example")), 409, "uniqueness")
        self.assertFalse(User.objects.filter(email__startswith="other").exists())

    def test_a_member_by_hand_is_there_already(self) -> None:
        self.assertError(self.post("/Users", person("dev")), 409, "uniqueness")

    def test_an_account_of_another_organization_is_not_drawn_in(self) -> None:
        body = person("mallory", "evil.example")
        document = self.assertError(self.post("/Users", body), 409, "uniqueness")
        self.assertIn("Prove the address's domain", document["detail"])
        self.assertIsNone(self.live(self.mallory))
        self.assertFalse(DirectoryPerson.objects.filter(user=self.mallory).exists())

    def test_unless_the_organization_has_proven_the_domain(self) -> None:
        self.proven("evil.example", self.evil_corp)
        self.assertError(self.post("/Users", person("mallory", "evil.example")), 409, "uniqueness")
        self.evil_corp.domains.update(org=self.acme)
        self.assertEqual(self.post("/Users", person("mallory", "evil.example")).status_code, 201)
        self.assertIsNotNone(self.live(self.mallory))
        self.assertIsNotNone(self.live(self.mallory, self.evil_corp))

    def test_a_closed_account_stays_closed(self) -> None:
        self.proven("acme.example")
        User.objects.create(email="gone@acme.example", is_active=False)
        self.assertError(self.post("/Users", person("gone")), 409)
        self.assertFalse(User.objects.get(email="gone@acme.example").is_active)

    def test_what_is_no_user_is_refused(self) -> None:
        for change in (
            {"userName": None},
            {"userName": ""},
            {"userName": "a\nb"},
            {"userName": "x" * 256},
            {"userName": 7},
            {"emails": [{"value": "nobody"}]},
            {"emails": "nora@acme.example"},
            {"displayName": "x" * 121},
            {"externalId": "x" * 256},
            {"active": "perhaps"},
            {"emails": [{"value": "a@b.example", "primary": True}, {"value": "c@b.example", "primary": True}]},
        ):
            with self.subTest(str(change)[:60]):
                self.assertError(self.post("/Users", person("nora", **change)), 400, "invalidValue")
        self.assertFalse(User.objects.filter(email__startswith="nora").exists())


class ReadTests(DirectoryTestCase):
    def test_members_by_hand_are_seen(self) -> None:
        document = self.get(f"/Users/{self.dev.pk}").json()
        self.assertEqual((document["userName"], document["active"]), ("dev@acme.example", True))
        self.assertEvents("member:list")

    def test_nobody_of_another_organization_is(self) -> None:
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {"PUT": person("mallory"), "PATCH": {"Operations": [_off()]}}.get(method)
            with self.subTest(method):
                self.assertError(self.call(method, f"/Users/{self.mallory.pk}", body), 404)
                self.assertError(self.call(method, f"/Users/{self.dev.pk}", body, token=self.evil_token), 404)
        self.assertIsNotNone(self.live(self.mallory, self.evil_corp))
        self.assertIsNotNone(self.live(self.dev))

    def test_only_what_is_asked_for(self) -> None:
        document = self.get(f"/Users/{self.dev.pk}?attributes=userName").json()
        self.assertEqual(set(document), {"schemas", "id", "userName"})
        self.assertNotIn("emails", self.get(f"/Users/{self.dev.pk}?excludedAttributes=emails,meta").json())

    def test_its_version(self) -> None:
        first = self.get(f"/Users/{self.dev.pk}")
        self.assertEqual(first["ETag"], first.json()["meta"]["version"])
        self.assertEqual(self.get(f"/Users/{self.dev.pk}", **{"If-None-Match": first["ETag"]}).status_code, 304)
        self.patch(f"/Users/{self.dev.pk}", {"op": "replace", "path": "displayName", "value": "Devon"})
        self.assertEqual(self.get(f"/Users/{self.dev.pk}", **{"If-None-Match": first["ETag"]}).status_code, 200)
        stale = self.patch(f"/Users/{self.dev.pk}", _off(), **{"If-Match": first["ETag"]})
        self.assertError(stale, 412)
        self.assertError(self.delete(f"/Users/{self.dev.pk}", **{"If-Match": first["ETag"]}), 412)
        self.assertIsNotNone(self.live(self.dev))


class ChangeTests(DirectoryTestCase):
    def test_a_put_says_everything(self) -> None:
        user = self.provisioned("nora")
        body = person("nora", displayName="Nora N.", name={"givenName": "Nora", "familyName": "N."}, externalId="new")
        document = self.put(f"/Users/{user.pk}", body).json()
        user.refresh_from_db()
        self.assertEqual((user.name, document["name"]["familyName"], document["externalId"]), ("Nora N.", "N.", "new"))
        self.assertTrue(document["active"])

    def test_a_put_without_active_changes_nothing_about_it(self) -> None:
        user = self.provisioned("nora")
        body = {key: value for key, value in person("nora").items() if key != "active"}
        self.assertTrue(self.put(f"/Users/{user.pk}", body).json()["active"])
        self.patch(f"/Users/{user.pk}", _off())
        self.assertFalse(self.put(f"/Users/{user.pk}", body).json()["active"])

    def test_the_same_again_is_no_event(self) -> None:
        user = self.provisioned("nora")
        self.forget_events()
        self.assertEqual(self.put(f"/Users/{user.pk}", person("nora")).status_code, 200)
        self.assertNoEvent()

    def test_a_change_is_one_event_with_both_sides(self) -> None:
        user = self.provisioned("nora")
        self.forget_events()
        self.patch(f"/Users/{user.pk}", {"op": "replace", "path": "displayName", "value": "N."})
        [event] = self.assertEvents("member:change")
        self.assertEqual(event.document["details"], {"name": {"from": "Nora Newton", "to": "N."}})

    def test_a_name_is_not_changed_for_other_organizations(self) -> None:
        self.proven("evil.example")
        self.post("/Users", person("mallory", "evil.example"))
        document = self.patch(
            f"/Users/{self.mallory.pk}", {"op": "replace", "path": "displayName", "value": "Malory"}
        ).json()
        self.assertEqual(document["displayName"], "Mallory")
        self.mallory.refresh_from_db()
        self.assertEqual(self.mallory.name, "Mallory")

    def test_the_first_word_about_a_member_by_hand_leaves_role_and_source(self) -> None:
        self.patch(f"/Users/{self.adam.pk}", {"op": "add", "path": "externalId", "value": "00u-adam"})
        member = self.live(self.adam)
        assert member
        self.assertEqual((member.role, member.source), (Role.ADMIN, "manual"))
        self.assertEqual(self.get('/Users?filter=externalId eq "00u-adam"').json()["totalResults"], 1)

    def test_two_of_a_name_cannot_be(self) -> None:
        user = self.provisioned("nora")
        taken = self.patch(f"/Users/{user.pk}", {"op": "replace", "path": "userName", "value": "dev@acme.example"})
        self.assertError(taken, 409, "uniqueness")


class AddressTests(DirectoryTestCase):
    """An account belongs to its person: a directory that could change its address could take it over."""

    def moved(self, user: User, to: str) -> Any:
        return self.patch(f"/Users/{user.pk}", {"op": "replace", "path": 'emails[type eq "work"].value', "value": to})

    def test_it_stays_where_the_domains_are_not_proven(self) -> None:
        user = self.provisioned("nora")
        self.assertError(self.moved(user, "nora.n@acme.example"), 403)
        self.proven("acme.example")
        self.assertError(self.moved(user, "nora@elsewhere.example"), 403)
        user.refresh_from_db()
        self.assertEqual(user.email, "nora@acme.example")
        self.assertEventsInclude("member:change:denied")

    def test_within_proven_domains_it_changes(self) -> None:
        self.proven("acme.example")
        user = self.provisioned("nora")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        self.assertEqual(self.moved(user, "nora.n@acme.example").json()["emails"][0]["value"], "nora.n@acme.example")
        user.refresh_from_db()
        self.assertEqual(user.email, "nora.n@acme.example")
        self.assertFalse(EmailAddress.objects.filter(user=user).exists())

    def test_never_an_owner_s_nor_somebody_s_who_is_elsewhere_too(self) -> None:
        self.proven("acme.example")
        self.proven("evil.example")
        self.post("/Users", person("mallory", "evil.example"))
        self.assertError(self.moved(self.olivia, "olive@acme.example"), 403)
        self.assertError(self.moved(self.mallory, "m@acme.example"), 403)

    def test_nor_to_an_address_that_is_somebody_s(self) -> None:
        self.proven("acme.example")
        self.assertError(self.moved(self.provisioned("nora"), "dev@acme.example"), 409, "uniqueness")


def _off() -> dict[str, Any]:
    return {"op": "replace", "path": "active", "value": False}
