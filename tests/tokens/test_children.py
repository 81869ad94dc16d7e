"""A token that manages issues children: its own kind, for its own owner, never wider or longer; gone with it."""

import datetime as dt
from typing import Any

from keyvault.actor import TokenKind, Verb
from keyvault.errors import NotAllowed
from tests.tokens.scene import DAY, HOUR, TokenTestCase, shown
from tokens.models import AccessToken
from tokens.services import Issued, issue_token, revoke_token

ALL = [Verb.LIST, Verb.READ, Verb.MANAGE]


class PersonalChildrenTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.parent = self.personal(
            self.dev, "Dev's terminal", verbs=ALL, project=self.shop, prefixes=["api/*"], networks=["203.0.113.0/24"]
        )
        self.forget_events()

    def child(self, name: str = "Dev's script", **scope: Any) -> Issued:
        facts: dict[str, Any] = {"kind": TokenKind.PERSON, "verbs": [Verb.READ], "project": self.shop, "lifetime": HOUR}
        facts |= {"prefixes": ["api/*"], "networks": ["203.0.113.7"], **scope}
        return issue_token(actor=self.with_token(self.parent), name=name, **facts)

    def test_a_child_has_a_parent_and_works(self) -> None:
        issued = self.child()
        token = self.now(issued.token)
        self.assertEqual((token.parent_id, token.membership_id), (self.parent.token.pk, self.membership(self.dev).pk))
        actor = self.with_token(issued)
        self.assertEqual(actor.token and actor.token.verbs, {Verb.READ})
        (event,) = self.assertEvents("token:issue-personal")
        self.assertEqual((event.token_id, event.target_token_id), (self.parent.token.pk, token.pk))
        self.assertEqual(event.document["details"]["parent"], str(self.parent.token.pk))

    def test_a_child_that_reaches_farther_is_refused_by_name_of_the_part(self) -> None:
        wider: dict[str, dict[str, Any]] = {
            "verbs": {"verbs": [Verb.READ, Verb.DELETE]},
            "prefixes": {"prefixes": []},
            "networks": {"networks": []},
            "expires_at": {"lifetime": 2 * DAY},
        }
        for part, scope in wider.items():
            with self.assertRaises(NotAllowed) as refused:
                self.child(**scope)
            self.assertEqual(refused.exception.rule, "token-issues-none-wider")
            self.assertIn(part, refused.exception.detail)
            self.assertEvents("token:issue-personal:denied")
        with self.assertRaises(NotAllowed) as refused:
            self.child(project=None)
        self.assertEqual(refused.exception.rule, "token-is-for-another-project")
        self.assertEqual(AccessToken.objects.count(), 1)

    def test_a_child_reveals_production_only_if_its_parent_does(self) -> None:
        self.may_read(self.dev, self.production)
        production: dict[str, Any] = {
            "environment": self.production,
            "may_reveal_production": True,
            "prefixes": ["api/*"],
        }
        with self.assertRaises(NotAllowed):
            self.child(**production)
        self.parent = self.personal(self.dev, "Dev's incident", stepped_up=True, verbs=ALL, lifetime=HOUR, **production)
        self.forget_events()
        issued = self.child(lifetime=dt.timedelta(minutes=5), **production)
        self.assertTrue(self.now(issued.token).may_reveal_production)

    def test_a_person_s_token_issues_for_nobody_else(self) -> None:
        others: list[dict[str, Any]] = [
            {"owner": self.membership(self.vera)},
            {"kind": TokenKind.SERVICE, "owner": self.identity()},
            {"kind": TokenKind.TEAM, "verbs": [], "prefixes": [], "environment": self.development},
        ]
        for scope in others:
            with self.assertRaises(NotAllowed):
                self.child(**scope)
        self.assertEqual(AccessToken.objects.count(), 1)

    def test_an_owner_s_token_issues_no_other_kind_either(self) -> None:
        self.parent = self.personal(self.olivia, verbs=ALL)
        others: list[dict[str, Any]] = [
            {"kind": TokenKind.SERVICE, "owner": self.identity()},
            {"kind": TokenKind.TEAM, "verbs": [], "prefixes": [], "environment": self.development},
        ]
        for scope in others:
            with self.assertRaises(NotAllowed) as refused:
                self.child(**scope)
            self.assertEqual(refused.exception.rule, "token-issues-its-own-kind")

    def test_a_token_that_does_not_manage_issues_nothing(self) -> None:
        self.parent = self.personal(self.dev, "Dev's reader", verbs=[Verb.LIST, Verb.READ])
        with self.assertRaises(NotAllowed) as refused:
            self.child()
        self.assertEqual(refused.exception.rule, "token-lacks-verb")

    def test_children_and_theirs_go_with_the_parent(self) -> None:
        child = self.child(verbs=ALL)
        grandchild = issue_token(
            actor=self.with_token(child),
            kind=TokenKind.PERSON,
            name="Dev's script's script",
            verbs=[Verb.READ],
            project=self.shop,
            prefixes=["api/x"],
            networks=["203.0.113.7"],
            lifetime=dt.timedelta(minutes=5),
        )
        self.forget_events()
        revoke_token(actor=self.actor(self.dev), token=self.parent.token, cause="laptop lost")
        for issued in (self.parent, child, grandchild):
            self.assertEqual(self.refused(issued).rule, "token-revoked")
        events = self.assertEventsInclude("token:revoke", "token:revoke", "token:revoke")[:3]
        self.assertEqual({event.reason for event in events}, {"laptop lost"})
        self.assertEqual(
            {event.target_token_id for event in events}, {one.token.pk for one in (self.parent, child, grandchild)}
        )

    def test_a_parent_that_was_revoked_in_between_issues_no_more(self) -> None:
        actor = self.with_token(self.parent)
        revoke_token(actor=self.actor(self.dev), token=self.parent.token, cause="lost")
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            issue_token(
                actor=actor,
                kind=TokenKind.PERSON,
                name="Too late",
                verbs=[Verb.READ],
                project=self.shop,
                prefixes=["api/*"],
                networks=["203.0.113.7"],
                lifetime=HOUR,
            )
        self.assertEqual(refused.exception.rule, "token-revoked")
        self.assertEvents("token:issue-personal:denied")
        self.assertFalse(AccessToken.objects.filter(name="Too late").exists())


class ServiceChildrenTests(TokenTestCase):
    def test_a_service_issues_for_itself_and_its_jobs(self) -> None:
        parent = self.of_service(verbs=ALL)
        for kind in (TokenKind.SERVICE, TokenKind.CI):
            issued = self.of_service(f"Job {kind}", kind=kind, actor=self.with_token(parent), lifetime=HOUR)
            self.assertEqual(shown(issued)[2], kind.value)
            self.assertEqual(self.now(issued.token).parent_id, parent.token.pk)

    def test_not_for_another_service_or_a_person(self) -> None:
        actor = self.with_token(self.of_service(verbs=ALL))
        with self.assertRaises(NotAllowed) as refused:
            self.of_service("Other", actor=actor, owner=self.identity("other"), lifetime=HOUR)
        self.assertEqual(refused.exception.rule, "token-issues-its-own-kind")
        with self.assertRaises(NotAllowed):
            issue_token(
                actor=actor,
                kind=TokenKind.PERSON,
                name="Person",
                verbs=[Verb.READ],
                owner=self.membership(self.dev),
                lifetime=HOUR,
            )
        self.assertEqual(AccessToken.objects.count(), 1)
