"""Members → Teams: seen by every member, changed by owners and admins."""

from keyvault.actor import Verb
from keyvault.secrets.services.grants import grant
from orgs.models import Team
from orgs.services.teams import add_to_team, create_team
from tests.secrets.scene import Keys
from tests.web.scene import queries
from tests.web.test_members_pages import PeopleCase

TEAMS = "/o/acme/members/teams"


class TeamPagesTests(Keys, PeopleCase):
    def setUp(self) -> None:
        super().setUp()
        self.team = create_team(actor=self.actor(self.adam), org=self.acme, name="Builders")
        self.page = f"{TEAMS}/{self.team.pk}"
        self.forget_events()

    def test_an_admin_makes_fills_renames_and_deletes_one(self) -> None:
        client = self.signed_in(self.adam)
        made = client.post(f"{TEAMS}/new", {"name": "On call"})
        team = Team.objects.get(slug="on-call")
        page = f"{TEAMS}/{team.pk}"
        self.assertRedirects(made, page)
        client.post(f"{page}/members", {"member": str(self.membership(self.dev).pk)})
        self.assertContains(client.get(page), "dev@acme.example")
        client.post(f"{page}/name", {"name": "Night watch"})
        self.assertContains(client.get(TEAMS), "Night watch")
        client.post(f"{page}/members/{self.membership(self.dev).pk}/removal")
        self.assertContains(client.get(page), "Nobody is in the team")
        self.assertContains(client.get(f"{page}/deletion"), "0 grants end at once")
        client.post(f"{page}/deletion")
        self.assertFalse(Team.objects.filter(pk=team.pk).exists())
        self.assertEventsInclude("team:create", "team:add-member", "team:rename", "team:remove-member", "team:delete")

    def test_others_see_teams_and_are_offered_nothing(self) -> None:
        for user in (self.dev, self.vera):
            client = self.signed_in(user)
            shown = client.get(TEAMS).content.decode() + client.get(self.page).content.decode()
            self.assertIn("Builders", shown)
            for offer in (f"{TEAMS}/new", "/deletion", f"{self.page}/members", f"{self.page}/name"):
                self.assertNotIn(offer, shown)
            self.assertEqual(client.get(f"{TEAMS}/new").status_code, 403)
            self.assertEqual(client.post(f"{self.page}/deletion").status_code, 403)
            self.assertEqual(client.post(f"{self.page}/name", {"name": "Mine"}).status_code, 403)
        self.team.refresh_from_db()
        self.assertEqual(self.team.name, "Builders")

    def test_another_organizations_team_does_not_exist(self) -> None:
        theirs = create_team(actor=self.actor(self.mallory), org=self.evil_corp, name="Crackers")
        client = self.signed_in(self.adam)
        for act in ("", "/deletion"):
            self.assertEqual(client.get(f"{TEAMS}/{theirs.pk}{act}").status_code, 404)
        stranger = self.membership(self.mallory, self.evil_corp).pk
        client.post(f"{self.page}/members", {"member": str(stranger)})
        self.assertFalse(self.team.team_members.exists())

    def test_what_is_wrong_is_said_and_nothing_is_changed(self) -> None:
        client = self.signed_in(self.adam)
        self.assertContains(client.post(f"{TEAMS}/new", {"name": "Builders"}), "builders already", status_code=422)
        self.assertEqual(client.post(f"{TEAMS}/new", {"name": ""}).status_code, 422)
        said = client.post(f"{self.page}/members", {"member": str(self.team.pk)}, follow=True)
        self.assertContains(said, "valid choice")
        gone = client.post(f"{self.page}/members/{self.membership(self.dev).pk}/removal", follow=True)
        self.assertContains(gone, "not in the team")

    def test_adding_to_a_team_that_reads_production_takes_the_second_factor(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        grant(actor=owner, to=self.team, project=self.shop, environment=self.production, verbs=[Verb.READ])
        form = {"member": str(self.membership(self.dev).pk)}
        self.assertContains(self.signed_in(self.olivia).post(f"{self.page}/members", form), "step-up", status_code=403)
        self.assertFalse(self.team.team_members.exists())
        self.stepped_up(self.olivia).post(f"{self.page}/members", form)
        self.assertTrue(self.team.team_members.filter(membership=self.membership(self.dev)).exists())

    def test_as_many_queries_for_many_as_for_few(self) -> None:
        client = self.signed_in(self.adam)
        client.get(TEAMS), client.get(self.page)
        few = [queries(client, TEAMS), queries(client, self.page)]
        for user in (self.dev, self.vera, self.olivia):
            add_to_team(actor=self.actor(self.olivia), team=self.team, membership=self.membership(user))
            create_team(actor=self.actor(self.olivia), org=self.acme, name=f"Team of {user.name}")
        self.assertEqual([queries(client, TEAMS), queries(client, self.page)], few)
