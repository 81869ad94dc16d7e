"""Who is granted what, by whom, and where it ends."""

from dataclasses import replace

from accounts.models import User
from keyvault.actor import Role, Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.flows.offboarding import offboard_member
from keyvault.secrets.access import require
from keyvault.secrets.models import Environment, Grant, Project
from keyvault.secrets.services.grants import Holder, grant, revoke_grant
from keyvault.target import Ref, Target
from orgs.models import Membership, Team
from orgs.permissions import Action
from orgs.services.members import add_member
from orgs.services.teams import add_to_team, create_team
from tests.cast import CastTestCase


class GrantTests(CastTestCase):
    def test_the_ordinary_grant_is_list_read_and_add(self) -> None:
        given = self.give(self.adam, self.dev, self.development)
        self.assertEqual(given.verbs, ["list", "read", "add"])
        (event,) = self.assertEvents("grant:add")
        self.assertEqual(event.document["about"]["name"], "dev@acme.example")
        self.assertEqual(event.document["env"]["name"], "development")
        self.assertEqual(event.document["details"], {"verbs": ["list", "read", "add"], "prefix": ""})

    def test_a_viewers_is_list_and_read(self) -> None:
        self.assertEqual(self.give(self.adam, self.vera, self.development).verbs, ["list", "read"])

    def test_without_an_environment_it_reaches_the_unprotected_ones(self) -> None:
        self.give(self.adam, self.dev)
        dev = self.actor(self.dev, stepped_up=True)
        require(dev, Action.REVEAL_SECRET, self.development.target)
        require(dev, Action.REVEAL_SECRET, self.staging.target)
        with self.assertRaises(NotAllowed) as refused:
            require(dev, Action.REVEAL_SECRET, self.production.target)
        self.assertEqual(refused.exception.rule, "protected-environment-needs-own-grant")
        with self.assertRaises(NotAllowed):
            require(dev, Action.CREATE_SECRET, self.production.target)

    def test_granting_again_adds_verbs(self) -> None:
        self.give(self.adam, self.dev, self.development, Verb.READ)
        again = self.give(self.adam, self.dev, self.development, Verb.ROTATE, Verb.READ)
        self.assertEqual((again.verbs, Grant.objects.count()), (["read", "rotate"], 1))
        events = self.assertEvents("grant:add", "grant:add")
        self.assertEqual(events[1].document["details"]["verbs"], ["rotate"])
        self.give(self.adam, self.dev, self.development, Verb.READ)
        self.assertNoEvent()

    def test_a_prefix_is_a_grant_of_its_own(self) -> None:
        self.give(self.adam, self.dev, self.development, Verb.LIST)
        given = self.give(self.adam, self.dev, self.development, Verb.READ, prefix="api-keys/team-*")
        self.assertEqual((given.prefix, Grant.objects.count()), ("api-keys/team-*", 2))
        dev = self.actor(self.dev)
        require(dev, Action.REVEAL_SECRET, self.secret("api-keys/team-a"))
        for name in ("api-keys/other", "api-keys", "x"):
            with self.assertRaises(NotAllowed):
                require(dev, Action.REVEAL_SECRET, self.secret(name))

    def test_form_is_checked(self) -> None:
        for prefix in ("/a", "a//b", "a/../b", "..", "a b", "*a", "a*b", "a**", "-a", "x" * 513, "a/", "é*", "a\n*"):
            with self.subTest(prefix=prefix), self.assertRaises(Invalid) as refused:
                self.give(self.adam, self.dev, self.development, prefix=prefix)
            self.assertEqual(refused.exception.extra["field"], "prefix")
        for prefix in ("a", "a/b.c-d_e", "a*", "a/*", "a.*", "*"):
            self.give(self.adam, self.dev, self.development, prefix=prefix)
        self.assertFalse(Grant.objects.filter(prefix="*").exists())
        with self.assertRaises(Invalid) as refused:
            self.give(self.adam, self.dev, self.development, Verb.MANAGE)
        self.assertEqual(refused.exception.extra["field"], "verbs")

    def test_developers_and_viewers_grant_nothing(self) -> None:
        for user in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.give(user, user, self.development)
        self.assertEvents("grant:add:denied", "grant:add:denied")
        self.assertFalse(Grant.objects.exists())

    def test_nothing_crosses_organizations(self) -> None:
        with self.assertRaises(NotFound):
            self.give(self.mallory, self.mallory, self.development)
        with self.assertRaises(NotFound):
            self.give(self.olivia, self.mallory, self.development)
        evil = Project.objects.create(org=self.evil_corp, slug="evil", name="Evil")
        with self.assertRaises(NotFound):
            grant(actor=self.actor(self.olivia), to=self.membership(self.dev), project=evil)
        with self.assertRaises(NotFound):
            grant(
                actor=self.actor(self.olivia),
                to=self.membership(self.dev),
                project=evil,
                environment=self.development,
            )
        self.assertFalse(Grant.objects.exists())
        self.assertNoEvent()

    def test_an_environment_of_another_project_is_not_in_this_one(self) -> None:
        other = Project.objects.create(org=self.acme, slug="other", name="Other")
        with self.assertRaises(NotFound):
            grant(
                actor=self.actor(self.olivia),
                to=self.membership(self.dev),
                project=other,
                environment=self.development,
            )

    def test_who_has_left_is_granted_nothing(self) -> None:
        member = self.membership(self.dev)
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=member)
        with self.assertRaises(Conflict):
            grant(actor=self.actor(self.adam), to=member, project=self.shop)

    def give(self, by: User, to: User, environment: Environment | None = None, *verbs: Verb, prefix: str = "") -> Grant:
        return grant(
            actor=self.actor(by),
            to=self.membership(to),
            project=self.shop,
            environment=environment,
            verbs=verbs,
            prefix=prefix,
        )

    def secret(self, name: str) -> Target:
        return replace(self.development.target, secret=Ref(self.shop.pk, name))


class ProtectedTests(CastTestCase):
    def test_an_owner_grants_reading_even_to_herself(self) -> None:
        with self.assertRaises(NotAllowed):
            require(self.actor(self.olivia, stepped_up=True), Action.REVEAL_SECRET, self.production.target)
        self.give(self.olivia, self.membership(self.olivia), Verb.READ)
        (_, event) = self.assertEvents("secret:reveal:denied", "grant:production-read")
        self.assertEqual(event.document["about"]["name"], "olivia@acme.example")
        require(self.actor(self.olivia, stepped_up=True), Action.REVEAL_SECRET, self.production.target)

    def test_an_owner_s_session_without_a_fresh_second_factor_grants_no_reading(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            grant(
                actor=self.actor(self.olivia),
                to=self.membership(self.olivia),
                project=self.shop,
                environment=self.production,
                verbs=[Verb.READ],
            )
        self.assertEqual(refused.exception.rule, "needs-step-up")
        self.assertEvents("grant:production-read:denied")

    def test_an_admin_grants_writing_but_not_reading(self) -> None:
        self.give(self.adam, self.membership(self.dev), Verb.LIST, Verb.ADD, Verb.ROTATE, Verb.DELETE)
        for verbs in ((Verb.READ,), (Verb.READ, Verb.ADD), ()):
            for holder in (self.adam, self.dev):
                with self.assertRaises(NotAllowed):
                    self.give(self.adam, self.membership(holder), *verbs)
        self.assertEvents("grant:add", *["grant:production-read:denied"] * 6)
        self.assertFalse(Grant.objects.filter(verbs__contains=["read"]).exists())

    def test_an_environment_that_became_protected_meanwhile_is(self) -> None:
        stale = Environment.objects.select_related("org", "project__org").get(pk=self.staging.pk)
        Environment.objects.filter(pk=self.staging.pk).update(protected=True)
        with self.assertRaises(NotAllowed):
            grant(
                actor=self.actor(self.adam),
                to=self.membership(self.adam),
                project=self.shop,
                environment=stale,
                verbs=[Verb.READ],
            )
        self.assertEvents("grant:add:denied")
        self.assertFalse(Grant.objects.exists())

    def test_an_admin_does_not_join_a_team_that_reads_production(self) -> None:
        """Nor adds anybody else: what owners alone grant is not given away by filling a team."""
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="On call")
        self.give(self.olivia, team, Verb.READ)
        self.forget_events()
        for user in (self.adam, self.dev):
            with self.assertRaises(NotAllowed):
                add_to_team(actor=self.actor(self.adam), team=team, membership=self.membership(user))
        self.assertEvents("team:add-member:denied", "team:add-member:denied")
        self.assertFalse(team.team_members.exists())
        owner = self.actor(self.olivia, stepped_up=True)
        add_to_team(actor=owner, team=team, membership=self.membership(self.dev))
        require(self.actor(self.dev, stepped_up=True), Action.REVEAL_SECRET, self.production.target)

    def give(self, by: User, to: Holder, *verbs: Verb) -> Grant:
        actor = self.actor(by, stepped_up=True)
        return grant(actor=actor, to=to, project=self.shop, environment=self.production, verbs=verbs)


class RevokeTests(CastTestCase):
    given: Grant

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        membership = Membership.objects.get(user=cls.dev)
        cls.given = Grant.objects.create(
            org=cls.acme, project=cls.shop, environment=cls.development, membership=membership, verbs=["list", "read"]
        )

    def test_some_verbs_are_taken_back(self) -> None:
        revoke_grant(actor=self.actor(self.adam), grant=self.given, verbs=[Verb.READ])
        self.given.refresh_from_db()
        self.assertEqual(self.given.verbs, ["list"])
        (event,) = self.assertEvents("grant:revoke")
        self.assertEqual(event.document["details"], {"verbs": ["read"], "prefix": ""})
        with self.assertRaises(NotAllowed):
            require(self.actor(self.dev), Action.REVEAL_SECRET, self.development.target)

    def test_with_the_last_verb_goes_the_grant(self) -> None:
        revoke_grant(actor=self.actor(self.adam), grant=self.given, verbs=[Verb.READ, Verb.LIST])
        self.assertFalse(Grant.objects.exists())

    def test_the_whole_grant_is_taken_back_once(self) -> None:
        revoke_grant(actor=self.actor(self.adam), grant=self.given)
        with self.assertRaises(NotFound):
            revoke_grant(actor=self.actor(self.adam), grant=self.given)
        self.assertEvents("grant:revoke")

    def test_what_is_not_held_is_not_taken(self) -> None:
        revoke_grant(actor=self.actor(self.adam), grant=self.given, verbs=[Verb.DELETE])
        self.assertNoEvent()

    def test_who_may_not_grant_may_not_take_back(self) -> None:
        with self.assertRaises(NotAllowed):
            revoke_grant(actor=self.actor(self.dev), grant=self.given)
        with self.assertRaises(NotFound):
            revoke_grant(actor=self.actor(self.mallory), grant=self.given)
        self.assertEvents("grant:revoke:denied")
        self.assertTrue(Grant.objects.exists())

    def test_they_end_with_the_membership_in_one_act(self) -> None:
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        self.assertFalse(Grant.objects.exists())
        first, _ = self.assertEvents("grant:revoke", "member:remove")
        self.assertEqual((first.reason, first.document["about"]["name"]), ("the membership ended", "dev@acme.example"))


class TeamGrantTests(CastTestCase):
    def test_members_have_what_their_teams_have(self) -> None:
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Core")
        grant(actor=self.actor(self.adam), to=team, project=self.shop, environment=self.development)
        with self.assertRaises(NotAllowed):
            require(self.actor(self.dev), Action.REVEAL_SECRET, self.development.target)
        add_to_team(actor=self.actor(self.adam), team=team, membership=self.membership(self.dev))
        require(self.actor(self.dev), Action.REVEAL_SECRET, self.development.target)
        with self.assertRaises(NotAllowed):
            require(self.actor(self.vera), Action.REVEAL_SECRET, self.development.target)

    def test_a_team_of_another_organization_is_not_there(self) -> None:
        foreign = Team.objects.create(org=self.evil_corp, slug="evil", name="Evil")
        with self.assertRaises(NotFound):
            grant(actor=self.actor(self.olivia), to=foreign, project=self.shop)

    def test_a_viewer_in_a_team_that_adds_still_only_looks(self) -> None:
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Core")
        grant(actor=self.actor(self.adam), to=team, project=self.shop, environment=self.development)
        add_to_team(actor=self.actor(self.adam), team=team, membership=self.membership(self.vera))
        require(self.actor(self.vera), Action.REVEAL_SECRET, self.development.target)
        with self.assertRaises(NotAllowed) as refused:
            require(self.actor(self.vera), Action.CREATE_SECRET, self.development.target)
        self.assertEqual(refused.exception.rule, "role-forbids")

    def test_new_people_have_nothing_of_the_old(self) -> None:
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Core")
        grant(actor=self.actor(self.adam), to=team, project=self.shop, environment=self.development)
        add_to_team(actor=self.actor(self.adam), team=team, membership=self.membership(self.dev))
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        add_member(actor=self.actor(self.adam), org=self.acme, person=self.dev, role=Role.DEVELOPER)
        with self.assertRaises(NotAllowed):
            require(self.actor(self.dev), Action.REVEAL_SECRET, self.development.target)
