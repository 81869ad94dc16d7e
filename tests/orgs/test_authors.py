"""A job acts with what its author may do when it runs."""

import datetime as dt
from dataclasses import replace
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from keyvault.actor import ActorType, Origin, Role, TokenKind, Verb
from keyvault.flows.offboarding import offboard_member
from keyvault.jobs import registry
from keyvault.jobs.models import Author
from orgs import authors
from orgs.models import Membership
from orgs.services.members import change_role
from tests.cast import CastTestCase
from tokens.services import issue_token, revoke_token


class AuthorTests(CastTestCase):
    def author(self, user: User) -> Author:
        actor = self.actor(user)
        return Author(
            type=actor.type,
            id=actor.id,
            name=actor.name,
            org_id=actor.org_id,
            membership_id=actor.membership_id,
            token_id=None,
            origin=actor.origin,
        )

    def test_the_role_is_the_one_of_now_and_there_is_no_step_up(self) -> None:
        author = self.author(self.dev)
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.dev), role=Role.VIEWER)
        actor = registry.actor_for(author)
        self.assertEqual(actor, replace(self.actor(self.dev), origin=author.origin))
        self.assertEqual((actor.role, actor.stepped_up) if actor else None, (Role.VIEWER, False))

    def test_who_has_left_acts_no_more(self) -> None:
        author = self.author(self.dev)
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.dev))
        self.assertIsNone(registry.actor_for(author))

    def test_nor_who_came_back_as_somebody_new(self) -> None:
        author = self.author(self.dev)
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.dev))
        Membership.objects.create(org=self.acme, user=self.dev, role=Role.OWNER)
        self.assertIsNone(registry.actor_for(author))

    def test_nor_whose_engagement_is_over_or_whose_account_is_closed(self) -> None:
        author = self.author(self.dev)
        Membership.objects.filter(user=self.dev).update(ends_on=timezone.now().date() - dt.timedelta(days=1))
        self.assertIsNone(registry.actor_for(author))
        Membership.objects.filter(user=self.dev).update(ends_on=None)
        self.assertIsNotNone(registry.actor_for(author))
        User.objects.filter(pk=self.dev.pk).update(is_active=False)
        self.assertIsNone(registry.actor_for(author))

    def test_a_row_that_mixes_two_people_or_organizations_is_nobody(self) -> None:
        author = self.author(self.dev)
        for wrong in (
            replace(author, id=self.olivia.pk),
            replace(author, org_id=self.evil_corp.pk),
            replace(author, membership_id=self.membership(self.mallory).pk),
            replace(author, membership_id=None),
            replace(author, id=None),
        ):
            self.assertIsNone(registry.actor_for(wrong))

    def test_who_acted_with_a_token_is_never_taken_for_one_without(self) -> None:
        author = replace(self.author(self.olivia), token_id=uuid4())
        service = Author(ActorType.SERVICE, uuid4(), "ci", self.acme.pk, None, None, author.origin)
        before = authors._port.by_token
        self.addCleanup(setattr, authors._port, "by_token", before)
        for port in (before, None):
            authors._port.by_token = port
            self.assertIsNone(registry.actor_for(author))
            self.assertIsNone(registry.actor_for(service))


class TokenAuthorTests(CastTestCase):
    """A job of somebody who acted with a token has what that token permits today, and no more."""

    def setUp(self) -> None:
        super().setUp()
        self.token = issue_token(
            actor=self.actor(self.dev),
            kind=TokenKind.PERSON,
            name="my laptop",
            verbs=[Verb.DELETE],
            project=self.shop,
            environment=self.development,
            networks=["203.0.113.0/24"],
            lifetime=dt.timedelta(days=1),
        ).token
        dev = self.actor(self.dev)
        self.author = Author(
            dev.type, dev.id, dev.name, dev.org_id, dev.membership_id, self.token.pk, Origin("203.0.113.7")
        )

    def test_it_has_the_scope_of_the_token_and_the_role_of_now(self) -> None:
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.dev), role=Role.VIEWER)
        actor = registry.actor_for(self.author)
        self.assertEqual(actor and actor.token, self.token.scope)
        self.assertEqual(actor and actor.role, Role.VIEWER)

    def test_a_token_that_works_no_more_ends_it(self) -> None:
        revoke_token(actor=self.actor(self.dev), token=self.token, cause="lost")
        self.assertIsNone(registry.actor_for(self.author))

    def test_so_does_a_row_that_was_tampered_with(self) -> None:
        type(self.token).objects.filter(pk=self.token.pk).update(verbs=["read", "delete"])
        self.assertIsNone(registry.actor_for(self.author))

    def test_and_the_end_of_the_membership(self) -> None:
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.dev))
        self.assertIsNone(registry.actor_for(self.author))

    def test_another_one_s_token_is_nobody_s(self) -> None:
        for wrong in ({"id": self.olivia.pk}, {"org_id": self.evil_corp.pk}, {"type": ActorType.SERVICE}):
            self.assertIsNone(registry.actor_for(replace(self.author, **wrong)))
