"""Teams: named groups of members."""

from accounts.models import User
from keyvault.errors import Conflict, Invalid, KeyVaultError, NotAllowed, NotFound
from keyvault.flows.offboarding import offboard_member
from keyvault.secrets.models import Grant
from keyvault.secrets.services.grants import grant
from orgs.models import Membership, Team
from orgs.services.teams import add_to_team, create_team, delete_team, remove_from_team, rename_team
from tests.cast import CastTestCase


class TeamTests(CastTestCase):
    core: Team

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.core = Team.objects.create(org=cls.acme, slug="core", name="Core")

    def test_a_team_gets_its_slug_from_its_name(self) -> None:
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Data & Billing")
        self.assertEqual((team.name, team.slug, team.org), ("Data & Billing", "data-billing", self.acme))
        (event,) = self.assertEvents("team:create")
        self.assertEqual(event.document["about"], {"id": str(team.pk), "name": "data-billing"})

    def test_a_slug_is_unique_in_its_organization_only(self) -> None:
        with self.assertRaises(Conflict) as refused:
            create_team(actor=self.actor(self.adam), org=self.acme, name="core")
        self.assertEqual(refused.exception.extra, {"field": "slug"})
        create_team(actor=self.actor(self.mallory), org=self.evil_corp, name="core")
        self.assertEvents("team:create:error", "team:create")

    def test_form_is_checked(self) -> None:
        with self.assertRaises(Invalid):
            create_team(actor=self.actor(self.adam), org=self.acme, name="a\u0007")
        with self.assertRaises(Invalid):
            create_team(actor=self.actor(self.adam), org=self.acme, name="A", slug="A B")
        with self.assertRaises(Invalid):
            rename_team(actor=self.actor(self.adam), team=self.core, name="")
        self.assertNoEvent()

    def test_it_is_renamed_and_keeps_its_slug(self) -> None:
        rename_team(actor=self.actor(self.adam), team=self.core, name="Kernel")
        self.core.refresh_from_db()
        self.assertEqual((self.core.name, self.core.slug), ("Kernel", "core"))
        (event,) = self.assertEvents("team:rename")
        self.assertEqual(event.document["details"], {"from": "Core", "to": "Kernel"})

    def test_with_a_team_go_its_grants(self) -> None:
        grant(actor=self.actor(self.adam), to=self.core, project=self.shop)
        add_to_team(actor=self.actor(self.adam), team=self.core, membership=self.membership(self.dev))
        self.forget_events()
        delete_team(actor=self.actor(self.adam), team=self.core)
        self.assertFalse(Grant.objects.exists())
        (event,) = self.assertEvents("team:delete")
        self.assertEqual(event.document["details"], {"name": "Core", "members": ["dev@acme.example"]})
        self.assertEqual(event.document["about"]["name"], "core")

    def test_people_come_and_go(self) -> None:
        adam, dev = self.actor(self.adam), self.membership(self.dev)
        add_to_team(actor=adam, team=self.core, membership=dev)
        with self.assertRaises(Conflict):
            add_to_team(actor=adam, team=self.core, membership=dev)
        remove_from_team(actor=adam, team=self.core, membership=dev)
        with self.assertRaises(Conflict):
            remove_from_team(actor=adam, team=self.core, membership=dev)
        events = self.assertEvents(
            "team:add-member", "team:add-member:error", "team:remove-member", "team:remove-member:error"
        )
        self.assertEqual(events[0].document["details"], {"member": str(dev.pk), "name": "dev@acme.example"})

    def test_only_members_of_the_organization_are_added(self) -> None:
        with self.assertRaises(NotFound):
            add_to_team(actor=self.actor(self.olivia), team=self.core, membership=self.membership(self.mallory))
        gone = offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.vera))
        with self.assertRaises(Conflict):
            add_to_team(actor=self.actor(self.olivia), team=self.core, membership=gone)
        self.assertFalse(self.core.team_members.exists())

    def test_a_team_that_is_gone_is_not_found(self) -> None:
        delete_team(actor=self.actor(self.adam), team=Team.objects.get(pk=self.core.pk))
        with self.assertRaises(NotFound):
            rename_team(actor=self.actor(self.adam), team=self.core, name="Ghost")

    def test_developers_viewers_and_outsiders_touch_no_team(self) -> None:
        for user, error in ((self.dev, NotAllowed), (self.vera, NotAllowed), (self.mallory, NotFound)):
            self.touch_everything(user, error)
        denied = ["team:create", "team:rename", "team:delete", "team:add-member", "team:remove-member"]
        self.assertEvents(*[f"{action}:denied" for action in denied] * 2)
        self.assertEqual(list(Team.objects.values_list("name", flat=True)), ["Core"])

    def touch_everything(self, user: User, error: type[KeyVaultError]) -> None:
        actor, member = self.actor(user), Membership.objects.get(user=self.vera)
        with self.assertRaises(error):
            create_team(actor=actor, org=self.acme, name="Mine")
        with self.assertRaises(error):
            rename_team(actor=actor, team=self.core, name="Mine")
        with self.assertRaises(error):
            delete_team(actor=actor, team=self.core)
        with self.assertRaises(error):
            add_to_team(actor=actor, team=self.core, membership=member)
        with self.assertRaises(error):
            remove_from_team(actor=actor, team=self.core, membership=member)
