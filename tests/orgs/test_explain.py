"""Why: the decision, its rule, its grounds, and who can change it."""

import datetime as dt
from io import StringIO

from django.core.management import CommandError, call_command

from accounts.models import User
from keyvault.actor import Role, TokenKind, Verb, system
from keyvault.errors import Invalid, NotAllowed, NotFound
from keyvault.flows.explain import Explanation, explain
from keyvault.flows.offboarding import offboard_member
from keyvault.secrets.models import Project
from keyvault.secrets.services.grants import grant
from orgs.decide import Rule
from orgs.permissions import Action
from orgs.services.teams import add_to_team, create_team
from tests.cast import CastTestCase
from tokens.models import AccessToken
from tokens.services import create_service_identity, issue_token, pause_token

OWNERS = ("Olivia <olivia@acme.example>",)
OWNERS_AND_ADMINS = (*OWNERS, "Adam <adam@acme.example>")


class ExplainTests(CastTestCase):
    def ask(
        self,
        user: User,
        about: User | str = "",
        action: Action = Action.REVEAL_SECRET,
        environment: str = "development",
        secret: str = "",
    ) -> Explanation:
        (found,) = explain(
            actor=self.actor(user),
            org=self.acme,
            action=action,
            subject=about if isinstance(about, str) else about.email,
            project="shop",
            environment=environment,
            secret=secret,
        )
        return found

    def test_everybody_asks_about_themselves(self) -> None:
        for user in (self.olivia, self.adam, self.dev, self.vera):
            self.assertEqual(self.ask(user).subject, user.email)
        events = self.assertEvents(*["access:explain"] * 4)
        self.assertEqual(
            events[2].document["details"],
            {
                "about": "dev@acme.example",
                "action": "secret:reveal",
                "secret": None,
                "allowed": False,
                "rule": "needs-grant",
            },
        )

    def test_owners_and_admins_ask_about_others_and_nobody_else(self) -> None:
        for user in (self.olivia, self.adam):
            self.assertEqual(self.ask(user, self.dev).subject, "dev@acme.example")
        for user in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.ask(user, self.olivia)
            with self.assertRaises(NotAllowed):
                self.ask(user, "nobody@acme.example")
        self.assertEvents(*["access:explain-others"] * 2, *["access:explain-others:denied"] * 4)

    def test_a_missing_grant_names_who_can_grant_it(self) -> None:
        found = self.ask(self.dev)
        self.assertEqual((found.allowed, found.rule, found.role), (False, Rule.NEEDS_GRANT, Role.DEVELOPER))
        self.assertEqual(found.can_change, OWNERS_AND_ADMINS)
        self.assertEqual(found.remedy, "An admin or owner can grant it.")

    def test_in_production_only_an_owner_can(self) -> None:
        for user in (self.adam, self.dev):
            found = self.ask(user, environment="production")
            self.assertEqual((found.rule, found.can_change), (Rule.PROTECTED_NEEDS_GRANT, OWNERS))

    def test_a_grant_is_shown_with_what_it_reaches(self) -> None:
        team = create_team(actor=self.actor(self.adam), org=self.acme, name="Core")
        add_to_team(actor=self.actor(self.adam), team=team, membership=self.membership(self.dev))
        for to, prefix in ((team, "api-keys/*"), (self.membership(self.dev), "")):
            environment = self.staging if to is team else None
            grant(actor=self.actor(self.adam), to=to, project=self.shop, environment=environment, prefix=prefix)
        found = self.ask(self.adam, self.dev, environment="staging", secret="other")
        self.assertEqual((found.allowed, found.rule), (True, Rule.GRANT))
        shown = [(g.holder, g.environment, g.prefix, g.counts) for g in found.grants]
        self.assertEqual(shown, [("team core", "staging", "api-keys/*", False), ("dev@acme.example", None, "", True)])
        self.assertEqual(found.grants[1].verbs, (Verb.LIST, Verb.READ, Verb.ADD))
        self.assertFalse(self.ask(self.adam, self.dev, environment="production").grants[1].counts)

    def test_a_second_factor_is_in_one_s_own_hands(self) -> None:
        grant(
            actor=self.actor(self.olivia, stepped_up=True),
            to=self.membership(self.dev),
            project=self.shop,
            environment=self.production,
        )
        found = self.ask(self.adam, self.dev, environment="production")
        self.assertEqual((found.rule, found.can_change), (Rule.PROTECTED_NEEDS_STEP_UP, ("dev@acme.example",)))

    def test_what_a_role_forbids_names_the_roles_that_may(self) -> None:
        found = self.ask(self.vera, action=Action.CREATE_SECRET)
        self.assertEqual((found.rule, found.can_change), (Rule.ROLE_FORBIDS, OWNERS_AND_ADMINS))
        found = self.ask(self.adam, action=Action.CHANGE_POLICY)
        self.assertEqual((found.rule, found.can_change), (Rule.ROLE_FORBIDS, OWNERS))

    def test_who_has_left_has_no_role(self) -> None:
        offboard_member(actor=self.actor(self.adam, stepped_up=True), membership=self.membership(self.dev))
        found = self.ask(self.adam, self.dev)
        self.assertEqual((found.rule, found.role, found.can_change), (Rule.NO_ROLE, None, OWNERS_AND_ADMINS))

    def test_nothing_of_another_organization_is_told(self) -> None:
        with self.assertRaises(NotFound):
            self.ask(self.mallory)
        for subject in (self.mallory.email, "nobody", "x" * 5000):
            with self.assertRaises(NotFound):
                self.ask(self.olivia, subject)
        Project.objects.create(org=self.evil_corp, slug="evil", name="Evil")
        with self.assertRaises(NotFound):
            explain(actor=self.actor(self.olivia), org=self.acme, action=Action.LIST_SECRETS, project="evil")
        with self.assertRaises(NotFound):
            self.ask(self.olivia, environment="nowhere")
        self.assertNoEvent("access:explain", "access:explain-others")

    def test_a_place_is_named_with_what_contains_it(self) -> None:
        for place in ({"environment": "development"}, {"secret": "X"}, {"project": "shop", "secret": "X"}):
            with self.assertRaises(Invalid):
                explain(actor=self.actor(self.olivia), org=self.acme, action=Action.REVEAL_SECRET, **place)

    def test_whether_a_secret_exists_is_not_told(self) -> None:
        grant(actor=self.actor(self.adam), to=self.membership(self.dev), project=self.shop, prefix="seen/*")
        self.assertTrue(self.ask(self.dev, secret="seen/never-made").allowed)
        self.assertEqual(self.ask(self.dev, secret="hidden").rule, Rule.NEEDS_GRANT)


class TokenTests(CastTestCase):
    token: AccessToken

    def setUp(self) -> None:
        super().setUp()
        adam = self.actor(self.adam)
        service = create_service_identity(actor=adam, org=self.acme, slug="deploy", name="Deploy")
        self.token = issue_token(
            actor=adam,
            kind=TokenKind.SERVICE,
            owner=service,
            name="deploy to staging",
            verbs=[Verb.READ],
            project=self.shop,
            environment=self.staging,
            prefixes=["api-keys/*"],
            networks=["10.0.0.0/8"],
            lifetime=dt.timedelta(days=30),
        ).token
        self.forget_events()

    def ask(self, subject: str, secret: str = "api-keys/x", environment: str = "staging") -> Explanation:
        (found,) = explain(
            actor=self.actor(self.adam),
            org=self.acme,
            action=Action.REVEAL_SECRET,
            subject=subject,
            project="shop",
            environment=environment,
            secret=secret,
        )
        return found

    def test_a_token_is_found_by_its_service_its_name_and_its_face(self) -> None:
        for name in ("deploy", "deploy to staging", self.token.display):
            found = self.ask(name)
            self.assertEqual((found.allowed, found.rule), (True, Rule.SERVICE_TOKEN))
            self.assertEqual(found.subject, f"deploy to staging ({self.token.display})")
            self.assertEqual(found.networks, ("10.0.0.0/8",))
            self.assertEqual(found.token and found.token.prefixes, ("api-keys/*",))

    def test_its_limits_refuse(self) -> None:
        self.assertEqual(self.ask("deploy", secret="other").rule, Rule.TOKEN_PATH)
        found = self.ask("deploy", environment="production")
        self.assertEqual((found.rule, found.can_change), (Rule.TOKEN_ENVIRONMENT, OWNERS_AND_ADMINS))

    def test_a_token_that_does_not_work_says_so_first(self) -> None:
        pause_token(actor=self.actor(self.adam), token=self.token)
        found = self.ask("deploy")
        self.assertEqual((found.allowed, found.rule), (False, "token-paused"))
        AccessToken.objects.filter(pk=self.token.pk).update(verbs=["read", "delete"])
        found = self.ask("deploy")
        self.assertEqual((found.allowed, found.rule), (False, "token-tampered"))
        self.assertEqual(found.can_change, OWNERS_AND_ADMINS)

    def test_a_service_without_a_token_may_nothing(self) -> None:
        create_service_identity(actor=self.actor(self.adam), org=self.acme, slug="idle", name="Idle")
        self.assertEqual(self.ask("idle").rule, Rule.NO_ROLE)

    def test_several_tokens_of_a_service_are_explained_each(self) -> None:
        issue_token(
            actor=self.actor(self.adam),
            kind=TokenKind.SERVICE,
            owner=self.token.service,
            name="deploy everywhere",
            verbs=[Verb.LIST],
            lifetime=dt.timedelta(days=30),
        )
        found = explain(
            actor=self.actor(self.adam), org=self.acme, action=Action.LIST_SECRETS, subject="deploy", project="shop"
        )
        self.assertEqual([one.allowed for one in found], [True, False])

    def test_a_personal_token_explains_itself(self) -> None:
        token = issue_token(
            actor=self.actor(self.dev),
            kind=TokenKind.PERSON,
            name="my laptop",
            verbs=[Verb.LIST],
            lifetime=dt.timedelta(days=1),
        ).token
        actor = self.actor(self.dev, token=token.scope)
        (found,) = explain(
            actor=actor, org=self.acme, action=Action.CREATE_SECRET, project="shop", environment="staging"
        )
        self.assertEqual((found.rule, found.role), (Rule.TOKEN_VERB, Role.DEVELOPER))
        self.assertEqual(found.can_change, ("dev@acme.example",))


class CommandTests(CastTestCase):
    def run_it(self, **given: str) -> str:
        out = StringIO()
        arguments = [part for name, value in given.items() for part in (f"--{name}", value)]
        call_command("access", "explain", "--org", "acme", *arguments, stdout=out)
        return out.getvalue()

    def test_it_prints_the_decision_the_rule_and_whom_to_ask(self) -> None:
        grant(actor=self.actor(self.adam), to=self.membership(self.dev), project=self.shop, prefix="a/*")
        self.forget_events()
        printed = self.run_it(
            actor="dev@acme.example",
            action="secret:reveal",
            project="shop",
            environment="production",
            secret="STRIPE_KEY",
        )
        self.assertEqual(
            printed.splitlines(),
            [
                "dev@acme.example: secret:reveal on acme/shop/production/STRIPE_KEY is refused",
                "  rule      protected-environment-needs-own-grant: Values of a protected environment are read only by"
                " a grant that names the environment.",
                "  role      developer",
                "  remedy    An owner can grant it.",
                "  ask       Olivia <olivia@acme.example>",
                "  grant     dev@acme.example: list, read, add in every unprotected environment, paths a/* (elsewhere)",
            ],
        )
        (event,) = self.assertEvents("access:explain-others")
        self.assertEqual((event.actor_type, event.document["actor"]["name"]), ("system", "access explain"))

    def test_it_prints_what_is_allowed(self) -> None:
        printed = self.run_it(actor="olivia@acme.example", action="organization:rename")
        self.assertIn("organization:rename on acme is allowed", printed)

    def test_it_says_what_is_unknown(self) -> None:
        with self.assertRaisesMessage(CommandError, "no organization nowhere"):
            call_command("access", "explain", "--org", "nowhere", "--actor", "x", "--action", "secret:reveal")
        with self.assertRaisesMessage(CommandError, "no member, service identity or token somebody"):
            self.run_it(actor="somebody", action="secret:reveal")
        with self.assertRaises(CommandError):
            self.run_it(actor="olivia@acme.example", action="no:such")

    def test_the_system_itself_is_no_member(self) -> None:
        with self.assertRaises(NotFound):
            explain(actor=system("x"), org=self.acme, action=Action.LIST_SECRETS, subject="dev@acme.example")
