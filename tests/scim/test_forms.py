"""The requests that Okta and Microsoft Entra really send, in their order and their spelling."""

from typing import Any

from keyvault.actor import Role
from orgs.models import Membership, Team
from tests.scim.scene import ENTERPRISE, GROUP, USER, DirectoryTestCase

_NONE_YET = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 0,
    "startIndex": 1,
    "itemsPerPage": 0,
    "Resources": [],
}


class OktaTests(DirectoryTestCase):
    """https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20"""

    def setUp(self) -> None:
        super().setUp()
        query = "/Users?filter=userName%20eq%20%22test.user%40acme.example%22&startIndex=1&count=100"
        self.assertEqual(self.get(query, Accept="application/scim+json").json(), _NONE_YET)
        self.user = self.provisioned(
            "test.user",
            schemas=[USER],
            name={"givenName": "Test", "familyName": "User"},
            displayName="Test User",
            locale="en-US",
            externalId="00ujl29u0le5T6Aj10h7",
            password="1mz050nq",
        )
        self.path = f"/Users/{self.user.pk}"
        self.assertEqual(self.get(query).json()["totalResults"], 1)

    def test_deactivated_and_reactivated(self) -> None:
        self.patch(self.path, {"op": "replace", "value": {"active": False}})
        self.assertIsNone(self.live(self.user))
        self.patch(self.path, {"op": "replace", "value": {"active": True}})
        self.assertIsNotNone(self.live(self.user))

    def test_a_profile_is_put_whole_with_what_it_read(self) -> None:
        document = self.get(self.path).json()
        document["name"]["familyName"] = "Changed"
        document["displayName"] = "Test Changed"
        document["title"] = "Engineer"
        document["phoneNumbers"] = [{"value": "1", "type": "work"}]
        answer = self.put(self.path, document).json()
        self.assertEqual((answer["displayName"], answer["name"]["familyName"]), ("Test Changed", "Changed"))
        self.assertNotIn("title", answer)

    def test_a_group_is_pushed_renamed_filled_and_emptied(self) -> None:
        self.assertEqual(self.get("/Groups?startIndex=1&count=100").json()["totalResults"], 0)
        created = self.post("/Groups", {"schemas": [GROUP], "displayName": "Test SCIMv2", "members": []})
        group = f"/Groups/{created.json()['id']}"
        rename = {"op": "replace", "value": {"id": created.json()["id"], "displayName": "Test SCIMv20"}}
        self.assertEqual(self.patch(group, rename).status_code, 204)
        self.assertEqual(Team.objects.get().name, "Test SCIMv20")
        member = {"value": str(self.user.pk), "display": "test.user@acme.example"}
        self.patch(group, {"op": "add", "path": "members", "value": [member]})
        self.assertEqual(self.teams_of(self.user), ["test-scimv2:scim"])
        self.patch(group, {"op": "remove", "path": f'members[value eq "{self.user.pk}"]'})
        self.assertEqual(self.teams_of(self.user), [])
        both: list[dict[str, Any]] = [
            {"op": "remove", "path": f'members[value eq "{self.user.pk}"]'},
            {"op": "add", "path": "members", "value": [member]},
        ]
        self.patch(group, *both)
        self.patch(group, {"op": "replace", "path": "members", "value": [member]})
        self.assertEqual(self.teams_of(self.user), ["test-scimv2:scim"])
        self.assertEqual(self.delete(group).status_code, 204)


class EntraTests(DirectoryTestCase):
    """https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups"""

    def setUp(self) -> None:
        super().setUp()
        # The test of a new connection asks for somebody who cannot be.
        self.assertEqual(self.get('/Users?filter=userName eq "0b5ba1e6-9f7d-4c5c-ad6d"').json(), _NONE_YET)
        created = self.post("/Users", self.body())
        self.assertEqual(created.status_code, 201, created.content)
        self.path = f"/Users/{created.json()['id']}"
        self.user = Membership.objects.get(user=created.json()["id"]).user

    def body(self) -> dict[str, Any]:
        return {
            "schemas": [USER, ENTERPRISE],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": "Test_User_ab6490ee@acme.example",
            "active": True,
            "addresses": [{"type": "work", "streetAddress": "1 Way", "primary": False}],
            "displayName": "lennay",
            "emails": [{"type": "work", "value": "anna33@acme.example", "primary": True}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Adrienne Cook", "familyName": "Cook", "givenName": "Adrienne"},
            "roles": [{"primary": "True", "value": "admin"}],
            "phoneNumbers": [{"type": "mobile", "value": "1"}],
            "title": "Engineer",
            ENTERPRISE: {"department": "bob", "employeeNumber": "7", "manager": {"value": "x", "displayName": "y"}},
        }

    def test_attributes_that_are_not_known_are_read_over_and_give_nothing(self) -> None:
        document = self.get(self.path).json()
        self.assertEqual(document["displayName"], "lennay")
        self.assertEqual(Membership.objects.get(user=self.user).role, Role.VIEWER)
        self.assertFalse({"roles", "title", "addresses", "phoneNumbers"} & set(document))

    def test_disabled_by_the_words_false_and_true(self) -> None:
        off = {"op": "Replace", "path": "active", "value": "False"}
        self.assertEqual(self.patch(self.path, off).json()["active"], False)
        self.assertIsNone(self.live(self.user))
        disabled = self.get('/Users?filter=userName eq "test_user_ab6490ee@acme.example"').json()
        self.assertEqual([each["active"] for each in disabled["Resources"]], [False])
        self.patch(self.path, {"op": "Replace", "path": "active", "value": "True"})
        self.assertIsNotNone(self.live(self.user))

    def test_disabled_without_a_path(self) -> None:
        self.patch(self.path, {"op": "Add", "value": {"active": "False"}})
        self.assertIsNone(self.live(self.user))

    def test_updates_of_many_attributes(self) -> None:
        response = self.patch(
            self.path,
            {"op": "Add", "path": "name.givenName", "value": "Barbara"},
            {"op": "Replace", "path": "name.familyName", "value": "Jensen"},
            {"op": "Replace", "path": "displayName", "value": "Barbara Jensen"},
            {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "alice"},
            {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "8"},
            {"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "2"},
            {"op": "Replace", "path": 'roles[primary eq "True"].value', "value": "owner"},
            {"op": "Add", "path": "title", "value": "Director"},
            {"op": "Remove", "path": "nickName"},
            {"op": "Replace", "path": "externalId", "value": "new"},
        )
        document = response.json()
        self.assertEqual(response.status_code, 200, document)
        self.assertEqual((document["displayName"], document["externalId"]), ("Barbara Jensen", "new"))
        self.assertEqual(
            document["name"], {"formatted": "Barbara Jensen", "familyName": "Jensen", "givenName": "Barbara"}
        )
        member = Membership.objects.get(user=self.user)
        self.assertEqual((member.unit, member.role), ("alice", Role.VIEWER))

    def test_dotted_names_in_one_value(self) -> None:
        value = {"displayName": "Bob", "name.givenName": "Bob", f"{ENTERPRISE}:department": "ops", "active": True}
        document = self.patch(self.path, {"op": "Replace", "value": value}).json()
        self.assertEqual((document["displayName"], document[ENTERPRISE]), ("Bob", {"department": "ops"}))

    def test_the_address_by_a_selected_entry(self) -> None:
        self.proven("acme.example")
        for number, path in enumerate(
            ('emails[type eq "work"].value', 'emails[type eq "work" and primary eq true].value')
        ):
            address = f"anna.{number}@acme.example"
            self.patch(self.path, {"op": "Replace", "path": path, "value": address})
            self.user.refresh_from_db()
            self.assertEqual(self.user.email, address)

    def test_groups(self) -> None:
        self.assertEqual(self.get('/Groups?excludedAttributes=members&filter=displayName eq "Eng"').json(), _NONE_YET)
        body = {
            "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "Eng",
            "meta": {"resourceType": "Group"},
        }
        created = self.post("/Groups", body)
        self.assertEqual(created.status_code, 201, created.content)
        group = f"/Groups/{created.json()['id']}"
        self.assertNotIn("members", self.get(f"{group}?excludedAttributes=members").json())
        add = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": str(self.user.pk)}]}
        self.assertEqual(self.patch(group, add).status_code, 204)
        self.assertEqual(self.teams_of(self.user), ["eng:scim"])
        query = f'/Groups?filter=id eq "{created.json()["id"]}" and members eq "{self.user.pk}"'
        self.assertEqual(self.get(query).json()["totalResults"], 1)
        remove = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": str(self.user.pk)}]}
        self.assertEqual(self.patch(group, remove).status_code, 204)
        self.assertEqual(self.teams_of(self.user), [])
        self.assertEqual(self.get(query).json()["totalResults"], 0)
        rename = {"op": "Replace", "path": "displayName", "value": "Engineering"}
        self.assertEqual(self.patch(group, rename).status_code, 204)
        self.assertEqual(self.delete(group).status_code, 204)

    def test_deleted_for_good_after_a_month(self) -> None:
        self.patch(self.path, {"op": "Replace", "path": "active", "value": "False"})
        self.assertEqual(self.delete(self.path).status_code, 204)
        self.assertError(self.get(self.path), 404)
