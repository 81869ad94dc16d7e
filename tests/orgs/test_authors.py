"""A job acts with what its author may do when it runs."""

import datetime as dt
from dataclasses import replace
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from keyvault.actor import Actor, ActorType, Role
from keyvault.jobs import registry
from keyvault.jobs.models import Author
from orgs import authors
from orgs.models import Membership
from orgs.services.members import change_role, remove_member
from tests.cast import CastTestCase


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
        remove_member(actor=self.actor(self.olivia), membership=self.membership(self.dev))
        self.assertIsNone(registry.actor_for(author))

    def test_nor_who_came_back_as_somebody_new(self) -> None:
        author = self.author(self.dev)
        remove_member(actor=self.actor(self.olivia), membership=self.membership(self.dev))
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
        seen: list[Author] = []

        def by_token(author: Author) -> Actor | None:
            seen.append(author)
            return None

        with_token = replace(self.author(self.olivia), token_id=uuid4())
        service = Author(ActorType.SERVICE, uuid4(), "ci", self.acme.pk, None, None, with_token.origin)
        before = authors._port.by_token
        self.addCleanup(setattr, authors._port, "by_token", before)
        for ask in (None, by_token):
            authors._port.by_token = ask
            self.assertIsNone(registry.actor_for(with_token))
            self.assertIsNone(registry.actor_for(service))
        self.assertEqual(seen, [with_token, service])
