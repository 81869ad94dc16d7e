"""Tokens that reveal production: a person's by their own grant and a fresh second factor, a service's by an owner."""

import datetime as dt
from typing import Any

from keyvault.actor import TokenKind, Verb
from keyvault.errors import Invalid, NotAllowed
from keyvault.secrets.access import grants_of
from orgs.decide import Rule, decide
from orgs.permissions import Action
from tests.tokens.scene import DAY, HOUR, Tokens, TokenTestCase, later, shown
from tokens.models import AccessToken
from tokens.services import Issued, issue_token


class RevealsProduction(Tokens):
    def reveals(self, issued: Issued) -> bool:
        actor, target = self.with_token(issued), self.production.target
        return decide(Action.REVEAL_SECRET, actor=actor, target=target, grants=grants_of(actor, target)).allowed

    def assertRefused(self, rule: str, issue: Any, **scope: Any) -> None:
        with self.assertRaises(NotAllowed) as refused:
            issue(environment=self.production, may_reveal_production=True, **scope)
        self.assertEqual(refused.exception.rule, rule)
        self.assertFalse(AccessToken.objects.exists())
        self.assertEqual(self.events()[-1].reason, rule)


class PersonalTests(RevealsProduction, TokenTestCase):
    def of_dev(self, **scope: Any) -> Issued:
        scope = {"environment": self.production, "may_reveal_production": True, "lifetime": HOUR, **scope}
        return self.personal(self.dev, stepped_up=scope.pop("stepped_up", True), **scope)

    def test_by_a_grant_there_and_a_fresh_second_factor(self) -> None:
        self.may_read(self.dev, self.production)
        issued = self.of_dev()
        self.assertEqual(shown(issued)[:8], "kvp_prd_")
        self.assertTrue(self.reveals(issued))
        (event,) = self.assertEvents("token:issue-personal")
        self.assertIs(event.document["details"]["may_reveal_production"], True)

    def test_not_without_a_grant(self) -> None:
        self.assertRefused(Rule.PROTECTED_NEEDS_GRANT, self.of_dev)
        self.may_read(self.dev, self.staging)
        self.assertRefused(Rule.PROTECTED_NEEDS_GRANT, self.of_dev)

    def test_not_without_a_fresh_second_factor(self) -> None:
        self.may_read(self.dev, self.production)
        self.assertRefused(Rule.PROTECTED_NEEDS_STEP_UP, self.of_dev, stepped_up=False)

    def test_not_even_for_an_owner(self) -> None:
        with self.assertRaises(NotAllowed):
            self.personal(
                self.olivia, stepped_up=True, environment=self.production, may_reveal_production=True, lifetime=HOUR
            )

    def test_for_twelve_hours_at_most(self) -> None:
        self.may_read(self.dev, self.production)
        with self.assertRaises(Invalid):
            self.of_dev(lifetime=dt.timedelta(hours=12, minutes=1))
        self.of_dev(lifetime=dt.timedelta(hours=12))

    def test_a_grant_for_some_paths_will_do_because_each_use_asks_again(self) -> None:
        self.may_read(self.dev, self.production, prefix="api-keys/*")
        self.assertFalse(self.reveals(self.of_dev()))

    def test_it_dies_with_the_grant(self) -> None:
        grant = self.may_read(self.dev, self.production)
        issued = self.of_dev()
        grant.delete()
        self.assertFalse(self.reveals(issued))

    def test_not_asked_for_it_is_not_permitted(self) -> None:
        self.may_read(self.dev, self.production)
        issued = self.of_dev(may_reveal_production=False)
        self.assertFalse(self.reveals(issued))

    def test_nobody_issues_one_for_somebody_else(self) -> None:
        self.may_read(self.dev, self.production)
        with self.assertRaises(NotAllowed) as refused:
            issue_token(
                actor=self.actor(self.olivia, stepped_up=True),
                kind=TokenKind.PERSON,
                name="For Dev",
                verbs=[Verb.READ],
                environment=self.production,
                may_reveal_production=True,
                lifetime=HOUR,
                owner=self.membership(self.dev),
            )
        self.assertEqual(refused.exception.rule, "production-token-by-its-holder")
        self.assertEvents("token:offer:denied")

    def test_it_names_one_protected_environment_and_reads(self) -> None:
        self.may_read(self.dev, self.production)
        wrong: list[dict[str, Any]] = [
            {"environment": None},
            {"environment": None, "project": self.shop},
            {"environment": self.development},
            {"verbs": [Verb.LIST, Verb.MANAGE]},
        ]
        for scope in wrong:
            with self.assertRaises(Invalid) as refused:
                self.of_dev(**scope)
            self.assertEqual(refused.exception.extra["field"], "may_reveal_production")


class ServiceTests(RevealsProduction, TokenTestCase):
    def test_an_owner_issues_one_by_role(self) -> None:
        issued = self.of_service(environment=self.production, may_reveal_production=True)
        self.assertEqual(shown(issued)[:8], "kvs_prd_")
        self.assertTrue(self.reveals(issued))

    def test_not_without_a_fresh_second_factor(self) -> None:
        """Else an open session would hand out by a token what it may not show."""
        self.assertRefused(Rule.NEEDS_STEP_UP, self.of_service, actor=self.actor(self.olivia))

    def test_an_admin_by_a_read_grant_there(self) -> None:
        admin: dict[str, Any] = {"actor": self.actor(self.adam, stepped_up=True)}
        self.assertRefused(Rule.NEEDS_GRANT, self.of_service, **admin)
        self.may_read(self.adam, self.staging)
        self.assertRefused(Rule.NEEDS_GRANT, self.of_service, **admin)
        self.may_read(self.adam, self.production)
        self.assertTrue(self.reveals(self.of_service(environment=self.production, may_reveal_production=True, **admin)))

    def test_an_admin_with_a_grant_for_some_paths_hands_out_those_and_no_others(self) -> None:
        self.may_read(self.adam, self.production, prefix="api-keys/*")
        admin: dict[str, Any] = {"actor": self.actor(self.adam, stepped_up=True)}
        for prefixes in ([], ["*"], ["api-*"], ["api-keys/stripe", "db"]):
            self.assertRefused(Rule.NEEDS_GRANT, self.of_service, prefixes=prefixes, **admin)
        for prefixes in (["api-keys/*"], ["api-keys/team-*", "api-keys/stripe"]):
            self.of_service(
                str(prefixes), environment=self.production, prefixes=prefixes, may_reveal_production=True, **admin
            )

    def test_not_asked_for_it_is_not_permitted(self) -> None:
        issued = self.of_service(environment=self.production)
        self.assertFalse(self.reveals(issued))

    def test_a_long_life_is_allowed(self) -> None:
        self.of_service(environment=self.production, may_reveal_production=True, lifetime=100 * DAY)

    def test_one_for_everything_reads_no_production(self) -> None:
        with later(HOUR):
            self.assertFalse(self.reveals(self.of_service()))
