"""People through SCIM: created, found, changed."""

from accounts.models import User
from keyvault.actor import Role
from orgs.models import Membership
from tests.scim.scene import DirectoryTestCase, person


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
