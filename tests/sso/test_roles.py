"""Claims win at every sign-in: the highest mapped role, the default, a refusal; and the same for teams."""

from audit.models import Event
from keyvault.actor import Role
from orgs.models import Membership, Source, Team, TeamMapping, TeamMember
from orgs.services.members import change_role
from orgs.services.teams import add_to_team
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser


class RoleTests(SsoTestCase):
    def role(self, *groups: str) -> str | None:
        self.sign_in({**NINA, "groups": list(groups)})
        live = Membership.objects.active().filter(user__email=NINA["email"]).first()
        return live.role if live else None

    def test_the_highest_mapped_role_wins_and_is_followed_up_and_down(self) -> None:
        self.map("engineers", "developer")
        self.map("leads", "admin")
        self.assertEqual(self.role("engineers", "leads", "others"), "admin")
        self.assertEqual(self.role("engineers"), "developer")
        self.assertEqual(self.role("leads"), "admin")
        self.assertEqual(self.role(), "viewer")

    def test_what_was_changed_by_hand_lasts_until_the_next_sign_in(self) -> None:
        self.map("staff", "developer")
        self.assertEqual(self.role("staff"), "developer")
        member = Membership.objects.select_related("org", "user").get(user__email=NINA["email"])
        change_role(actor=self.actor(self.olivia, stepped_up=True), membership=member, role=Role.ADMIN)
        self.forget_events()
        self.assertEqual(self.role("staff"), "developer")
        (event, _) = self.assertEvents("member:role", "person:sign-in")
        details = {"from": "admin", "to": "developer", "source": "idp", "connection": "Acme ID"}
        self.assertEqual(event.document["details"], details)
        self.assertEqual(event.document["actor"]["type"], "system")

    def test_without_a_mapped_role_and_without_default_nobody_comes_in(self) -> None:
        self.without_default()
        client = browser()
        self.assertContains(self.sign_in(NINA, client), "None of your groups has a role here", status_code=403)
        self.assertNotSignedIn(client)
        self.assertEqual(Membership.objects.filter(user__email=NINA["email"]).count(), 0)
        self.assertEvents("person:sign-in:denied")

    def test_whoever_loses_the_last_mapped_role_loses_the_membership_and_gets_it_back_with_the_next(self) -> None:
        self.map("staff", "developer")
        self.without_default()
        self.assertEqual(self.role("staff"), "developer")
        self.forget_events()
        self.assertIsNone(self.role("others"))
        self.assertEventsInclude("person:sign-in:denied", "member:remove")
        self.assertEqual(Membership.objects.get(user__email=NINA["email"]).ended_by, Source.IDP)
        self.assertEqual(self.role("staff"), "developer")

    def test_a_member_by_hand_is_refused_and_stays_a_member(self) -> None:
        self.without_default()
        self.has_proven_address(self.dev)
        client = browser()
        self.sign_in({**NINA, "email": self.dev.email}, client)
        self.assertNotSignedIn(client)
        self.assertTrue(self.membership(self.dev).active)

    def test_a_claim_makes_an_owner_something_else_but_never_the_last_one(self) -> None:
        self.map("staff", "developer")
        self.has_proven_address(self.olivia)
        client = browser()
        self.sign_in({**NINA, "email": self.olivia.email}, client)
        self.assertSignedIn(client, self.olivia)
        self.assertEqual(self.membership(self.olivia).role, "owner")
        events = self.assertEventsInclude("member:role:denied", "person:sign-in")
        self.assertIn("one-owner-at-least", [event.reason for event in events])
        change_role(
            actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam), role=Role.OWNER
        )
        self.sign_in({**NINA, "email": self.olivia.email})
        self.assertEqual(self.membership(self.olivia).role, "developer")

    def test_no_claim_makes_an_owner(self) -> None:
        """Whatever the group is called; the database has no such mapping either."""
        self.assertEqual(self.role("owner", "owners", "admin"), "viewer")

    def test_claims_of_nested_objects_and_other_kinds_are_found(self) -> None:
        self.map("kv-admin", "admin", claim="realm_access.roles")
        self.sign_in({**NINA, "realm_access": {"roles": ["kv-admin"]}, "groups": "staff"})
        self.assertEqual(Membership.objects.get(user__email=NINA["email"]).role, "admin")
        self.map("true", "developer", claim="is_engineer")
        self.sign_in({**NINA, "is_engineer": True, "groups": None})
        self.assertEqual(Membership.objects.get(user__email=NINA["email"]).role, "developer")


class TeamTests(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.core, self.data = (
            Team.objects.create(org=self.acme, slug=slug, name=slug.title()) for slug in ("core", "data")
        )
        for team in (self.core, self.data):
            TeamMapping.objects.create(
                org=self.acme, connection=self.connection, claim="groups", value=team.slug, team=team
            )

    def teams(self, *groups: str) -> list[str]:
        self.sign_in({**NINA, "groups": list(groups)})
        mine = TeamMember.objects.filter(membership__user__email=NINA["email"])
        return sorted(mine.values_list("team__slug", flat=True))

    def test_people_come_into_mapped_teams_and_leave_them(self) -> None:
        self.assertEqual(self.teams("core", "data"), ["core", "data"])
        self.assertEqual(self.teams("data"), ["data"])
        self.assertEqual(self.teams(), [])
        self.assertEventsInclude("team:add-member", "team:add-member", "team:remove-member", "team:remove-member")

    def test_a_mapped_team_is_the_providers_to_fill_and_others_are_not(self) -> None:
        self.teams()
        free = Team.objects.create(org=self.acme, slug="free", name="Free")
        member = Membership.objects.select_related("org", "user").get(user__email=NINA["email"])
        for team in (free, self.core):
            add_to_team(actor=self.actor(self.adam), team=team, membership=member)
        self.assertEqual(self.teams("data"), ["data", "free"])

    def test_a_team_that_is_not_mapped_any_more_is_left(self) -> None:
        self.assertEqual(self.teams("core"), ["core"])
        TeamMapping.objects.filter(team=self.core).delete()
        self.assertEqual(self.teams("core"), [])

    def test_without_a_change_there_is_no_event(self) -> None:
        self.teams("core")
        self.forget_events()
        self.teams("core")
        self.assertEqual([event.action for event in Event.objects.filter(id__gt=self._seen)], ["person:sign-in"])
