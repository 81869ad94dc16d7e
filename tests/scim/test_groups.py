"""Groups through SCIM: teams and roles."""

from uuid import uuid4

from accounts.models import User
from keyvault.actor import Role, Verb
from keyvault.secrets.services.grants import grant
from orgs.models import DirectoryGroup, Membership, Team, TeamMember
from orgs.services.teams import add_to_team, create_team
from tests.scim.scene import GROUP, DirectoryTestCase


class GroupTests(DirectoryTestCase):
    def test_a_group_fills_a_team_of_its_name(self) -> None:
        nora = self.provisioned("nora")
        self.forget_events()
        group = self.group("Payments", nora, externalId="g1")
        self.assertEqual(self.teams_of(nora), ["payments:scim"])
        self.assertEvents("team:create", "directory-group:create", "team:add-member")
        document = self.get(f"/Groups/{group}").json()
        self.assertEqual((document["displayName"], document["externalId"]), ("Payments", "g1"))
        self.assertEqual(document["members"], [{"value": str(nora.pk), "display": "nora@acme.example"}])
        user = self.get(f"/Users/{nora.pk}").json()
        self.assertEqual(user["groups"], [{"value": str(group), "display": "Payments"}])

    def test_members_by_hand_may_be_in_it(self) -> None:
        self.group("Payments", self.dev)
        self.assertEqual(self.teams_of(self.dev), ["payments:scim"])

    def test_added_removed_replaced(self) -> None:
        nora, olaf = self.provisioned("nora"), self.provisioned("olaf")
        path = f"/Groups/{self.group('Payments')}"
        value = [{"value": str(nora.pk)}, {"value": str(olaf.pk)}]
        self.assertEqual(self.patch(path, {"op": "add", "path": "members", "value": value}).status_code, 204)
        self.assertEqual((self.teams_of(nora), self.teams_of(olaf)), (["payments:scim"], ["payments:scim"]))
        self.forget_events()
        self.patch(path, {"op": "remove", "path": f'members[value eq "{nora.pk}"]'})
        self.assertEqual((self.teams_of(nora), self.teams_of(olaf)), ([], ["payments:scim"]))
        self.assertEvents("directory-group:change", "team:remove-member")
        self.patch(path, {"op": "replace", "path": "members", "value": value[:1]})
        self.assertEqual((self.teams_of(nora), self.teams_of(olaf)), (["payments:scim"], []))
        self.put(path, {"schemas": [GROUP], "displayName": "Payments", "members": value[1:]})
        self.assertEqual((self.teams_of(nora), self.teams_of(olaf)), ([], ["payments:scim"]))
        self.patch(path, {"op": "remove", "path": "members"})
        self.assertEqual(self.teams_of(olaf), [])

    def test_renamed_the_team_is_too_and_keeps_its_slug(self) -> None:
        path = f"/Groups/{self.group('Payments')}"
        self.assertEqual(self.patch(path, {"op": "replace", "path": "displayName", "value": "Money"}).status_code, 204)
        self.assertEqual(Team.objects.values_list("slug", "name").get(), ("payments", "Money"))

    def test_removed_its_people_leave_and_the_team_stays_with_its_grants(self) -> None:
        nora = self.provisioned("nora")
        group = self.group("Payments", nora)
        team = Team.objects.get()
        grant(actor=self.actor(self.olivia), to=team, project=self.shop)
        self.assertEqual(self.delete(f"/Groups/{group}").status_code, 204)
        self.assertEqual(self.teams_of(nora), [])
        self.assertError(self.get(f"/Groups/{group}"), 404)
        self.group("payments", nora)  # pushed again, it fills the same team
        self.assertEqual(self.teams_of(nora), ["payments:scim"])

    def test_who_is_in_the_team_by_hand_stays_in_it(self) -> None:
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Payments")
        for user in (self.dev, self.vera):
            add_to_team(actor=self.actor(self.adam), team=team, membership=self.membership(user))
        path = f"/Groups/{self.group('Payments', self.dev)}"
        self.assertNotIn(str(self.vera.pk), str(self.get(path).json()))
        self.patch(path, {"op": "replace", "path": "members", "value": []})
        self.delete(path)
        self.assertEqual((self.teams_of(self.dev), self.teams_of(self.vera)), (["payments:manual"],) * 2)

    def test_a_name_opens_no_protected_values(self) -> None:
        """Else whoever names groups in the directory would read production."""
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Production readers")
        owner = self.actor(self.olivia, stepped_up=True)
        grant(actor=owner, to=team, project=self.shop, environment=self.production, verbs=[Verb.READ])
        body = {"schemas": [GROUP], "displayName": "production READERS", "members": [{"value": str(self.dev.pk)}]}
        self.assertError(self.post("/Groups", body), 409, "uniqueness")
        self.assertFalse(TeamMember.objects.filter(team=team).exists())
        self.assertFalse(DirectoryGroup.objects.exists())

    def test_two_of_a_name_cannot_be(self) -> None:
        self.group("Payments")
        other = self.group("Others")
        self.assertError(self.post("/Groups", {"schemas": [GROUP], "displayName": "PAYMENTS"}), 409, "uniqueness")
        taken = self.patch(f"/Groups/{other}", {"op": "replace", "path": "displayName", "value": "payments"})
        self.assertError(taken, 409, "uniqueness")

    def test_strangers_are_not_put_in(self) -> None:
        path = f"/Groups/{self.group('Payments', self.dev)}"
        for stranger in (str(self.mallory.pk), str(uuid4()), "dev@acme.example"):
            with self.subTest(stranger):
                add = {"op": "add", "path": "members", "value": [{"value": stranger}]}
                self.assertError(self.patch(path, add), 400, "invalidValue")
                gone = {"op": "remove", "path": "members", "value": [{"value": stranger}]}
                self.assertEqual(self.patch(path, gone).status_code, 204)
        self.assertEqual(len(self.get(path).json()["members"]), 1)

    def test_foreign_groups_are_not_there(self) -> None:
        group = self.group("Payments", self.dev)
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {
                "PUT": {"schemas": [GROUP], "displayName": "X"},
                "PATCH": {"Operations": [{"op": "remove", "path": "members"}]},
            }.get(method)
            with self.subTest(method):
                self.assertError(self.call(method, f"/Groups/{group}", body, token=self.evil_token), 404)
        self.assertEqual(self.teams_of(self.dev), ["payments:scim"])

    def test_its_version(self) -> None:
        path = f"/Groups/{self.group('Payments')}"
        first = self.get(path)
        self.assertEqual(self.get(path, **{"If-None-Match": first["ETag"]}).status_code, 304)
        add = {"op": "add", "path": "members", "value": [{"value": str(self.dev.pk)}]}
        changed = self.patch(path, add, **{"If-Match": first["ETag"]})
        self.assertEqual(changed.status_code, 204)
        self.assertEqual(changed["ETag"], self.get(path)["ETag"])
        self.assertError(self.patch(path, add, **{"If-Match": first["ETag"]}), 412)

    def test_its_version_changes_when_a_member_is_forgotten(self) -> None:
        nora = self.provisioned("nora")
        path = f"/Groups/{self.group('Payments', nora)}"
        first = self.get(path)["ETag"]
        self.delete(f"/Users/{nora.pk}")
        self.assertNotEqual(self.get(path)["ETag"], first)
        self.assertNotIn("members", self.get(path).json())


class MappingTests(DirectoryTestCase):
    def role_of(self, user: User) -> str:
        return Membership.objects.get(user=user, org=self.acme, ended_at=None).role

    def test_a_mapped_group_gives_the_role_and_fills_no_team(self) -> None:
        self.role_mapping(self.connection(), "kv-admins", Role.ADMIN)
        nora = self.provisioned("nora")
        path = f"/Groups/{self.group('kv-admins')}"
        self.assertEqual(self.role_of(nora), Role.VIEWER)
        self.forget_events()
        self.patch(path, {"op": "add", "path": "members", "value": [{"value": str(nora.pk)}]})
        self.assertEqual(self.role_of(nora), Role.ADMIN)
        self.assertEvents("directory-group:change", "member:role")
        self.assertFalse(Team.objects.exists())
        self.patch(path, {"op": "remove", "path": f'members[value eq "{nora.pk}"]'})
        self.assertEqual(self.role_of(nora), Role.VIEWER)

    def test_by_the_group_s_id_in_the_directory_too_and_the_highest_counts(self) -> None:
        connection = self.connection(default_role="viewer")
        self.role_mapping(connection, "kv-devs", Role.DEVELOPER)
        claim = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
        self.role_mapping(connection, "9f6b-object-id", Role.ADMIN, claim)
        nora = self.provisioned("nora")
        self.group("kv-devs", nora)
        self.assertEqual(self.role_of(nora), Role.DEVELOPER)
        group = self.group("Admins of KeyVault", nora, externalId="9f6b-object-id")
        self.assertEqual(self.role_of(nora), Role.ADMIN)
        self.patch(f"/Groups/{group}", {"op": "replace", "path": "externalId", "value": "other"})
        self.assertEqual(self.role_of(nora), Role.DEVELOPER)

    def test_claims_that_are_not_about_groups_say_nothing(self) -> None:
        self.role_mapping(self.connection(), "kv-admins", Role.ADMIN, claim="department")
        nora = self.provisioned("nora")
        self.group("kv-admins", nora)
        self.assertEqual(self.role_of(nora), Role.VIEWER)

    def test_owners_stay_owners_and_members_by_hand_what_they_are(self) -> None:
        self.role_mapping(self.connection(), "kv-devs", Role.DEVELOPER)
        self.group("kv-devs", self.olivia, self.vera)
        self.group("Others", self.adam)
        roles = [self.role_of(user) for user in (self.olivia, self.vera, self.adam)]
        self.assertEqual(roles, [Role.OWNER, Role.DEVELOPER, Role.ADMIN])

    def test_without_mappings_a_role_by_hand_lasts(self) -> None:
        nora = self.provisioned("nora")
        Membership.objects.filter(user=nora).update(role=Role.ADMIN)
        self.group("Payments", nora)
        self.assertEqual(self.role_of(nora), Role.ADMIN)

    def test_a_mapping_names_the_team(self) -> None:
        core = create_team(actor=self.actor(self.adam), org=self.acme, name="Core")
        self.team_mapping(self.connection(), "eng-core", core)
        nora = self.provisioned("nora")
        group = self.group("eng-core", nora)
        self.assertEqual(self.teams_of(nora), ["core:scim"])
        self.assertEqual(list(Team.objects.values_list("slug", flat=True)), ["core"])
        self.delete(f"/Groups/{group}")
        self.assertEqual(self.teams_of(nora), [])

    def test_brought_back_a_person_has_the_mapped_role(self) -> None:
        self.role_mapping(self.connection(), "kv-devs", Role.DEVELOPER)
        nora = self.provisioned("nora")
        self.group("kv-devs", nora)
        for active in (False, True):
            self.patch(f"/Users/{nora.pk}", {"op": "replace", "path": "active", "value": active})
        self.assertEqual(self.role_of(nora), Role.DEVELOPER)
