"""Offers to the members of an environment: to each who reads there and to nobody else, all of them or none."""

import datetime as dt
from typing import Any
from unittest.mock import patch

from django.utils import timezone

from accounts.models import User
from keyvault.actor import TokenKind, Verb
from keyvault.errors import Invalid, NotAllowed, NotFound, Unavailable
from keyvault.secrets.models import Grant
from orgs.models import Membership, Team, TeamMember
from tests.cast import ORIGIN
from tests.tokens.scene import DAY, TokenTestCase, later
from tokens.models import AccessToken, SealedToken
from tokens.services import Offers, Why, authenticate, issue_token, offer_to_members, open_offer, pause_token


class Offering(TokenTestCase):
    def offers(self, user: User | None = None, **asked: Any) -> Offers:
        usual = {"environment": self.development, "name": "Shop, local", "verbs": [Verb.READ], "lifetime": DAY}
        return offer_to_members(actor=self.actor(user or self.olivia), **{**usual, **asked})


class OfferingTests(Offering):
    def test_each_who_reads_there_gets_one_and_each_is_an_event(self) -> None:
        self.may_read(self.dev, self.development)
        self.forget_events()
        answer = self.offers(prefixes=["api/*"], note="for laptops")
        self.assertEqual(called(answer), ["Shop, local: adam@acme.example", "Shop, local: dev@acme.example"])
        self.assertEqual(left_out(answer), {"vera@acme.example": Why.READS_NOTHING})
        events = self.assertEvents("token:offer", "token:offer")
        self.assertEqual([each.target_token_id for each in events], [token.pk for token in answer.offered])
        for token in map(self.now, answer.offered):
            self.assertEqual((token.environment_id, token.verbs), (self.development.pk, ["read"]))
            self.assertEqual((token.prefixes, token.note), (["api/*"], "for laptops"))
        self.assertEqual(SealedToken.objects.count(), 2)

    def test_its_holder_alone_opens_it(self) -> None:
        self.may_read(self.dev, self.development)
        adams, devs = self.offers().offered
        value = open_offer(actor=self.actor(self.dev), token=devs)
        self.assertEqual(authenticate(value, origin=ORIGIN).id, self.dev.pk)
        with self.assertRaises(NotAllowed):
            open_offer(actor=self.actor(self.dev), token=adams)
        with self.assertRaises(NotAllowed):
            open_offer(actor=self.actor(self.olivia), token=adams)

    def test_the_grants_of_teams_and_of_some_paths_count_and_those_elsewhere_do_not(self) -> None:
        team = Team.objects.create(org=self.acme, name="Makers", slug="makers")
        TeamMember.objects.create(org=self.acme, team=team, membership=self.membership(self.dev))
        self.may_read(self.dev, self.staging)
        self.assertEqual(left_out(self.offers())["dev@acme.example"], Why.READS_NOTHING)
        place = {"org": self.acme, "project": self.shop, "environment": self.development}
        Grant.objects.create(**place, team=team, verbs=["list", "read"], prefix="api/*")
        self.assertEqual(called(self.offers()), ["Shop, local: dev@acme.example"])

    def test_whoever_only_lists_names_is_left_out(self) -> None:
        grant = self.may_read(self.dev, self.development)
        Grant.objects.filter(pk=grant.pk).update(verbs=["list"])
        self.assertEqual(left_out(self.offers())["dev@acme.example"], Why.READS_NOTHING)

    def test_no_one_whose_membership_has_ended_is_offered_one(self) -> None:
        Membership.objects.filter(user=self.adam).update(ended_at=timezone.now())
        answer = self.offers()
        self.assertEqual((called(answer), list(left_out(answer))), ([], ["dev@acme.example", "vera@acme.example"]))

    def test_asked_again_it_offers_to_newcomers_alone(self) -> None:
        [adams] = self.offers().offered
        pause_token(actor=self.actor(self.adam), token=adams)
        self.may_read(self.dev, self.development)
        self.forget_events()
        answer = self.offers()
        self.assertEqual(called(answer), ["Shop, local: dev@acme.example"])
        self.assertEqual(left_out(answer)["adam@acme.example"], Why.NAME_TAKEN)
        self.assertEvents("token:offer")
        self.offers()
        self.assertNoEvent()
        with later(2 * DAY):
            self.assertEqual(len(self.offers().offered), 2)

    def test_an_engagement_that_ends_before_is_left_out(self) -> None:
        tomorrow = timezone.now().date() + DAY
        Membership.objects.filter(user=self.adam).update(ends_on=tomorrow)
        answer = self.offers(lifetime=dt.timedelta(days=7))
        self.assertEqual(left_out(answer)["adam@acme.example"], Why.ENGAGEMENT_ENDS)

    def test_a_name_too_long_with_the_address_is_left_out(self) -> None:
        answer = self.offers(name="n" * 62)
        self.assertEqual(left_out(answer)["adam@acme.example"], Why.NAME_UNFIT)
        self.assertEqual(called(self.offers(name="n" * 61)), [f"{'n' * 61}: adam@acme.example"])


class RefusalTests(Offering):
    def test_developers_and_viewers_offer_none(self) -> None:
        for user in (self.dev, self.vera):
            with self.subTest(user.name), self.assertRaises(NotAllowed):
                self.offers(user)
            self.assertEvents("token:offer:denied")
        self.assertFalse(AccessToken.objects.exists())

    def test_no_token_does(self) -> None:
        mine = self.with_token(self.personal(self.olivia, verbs=[Verb.READ, Verb.MANAGE]))
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            offer_to_members(
                actor=mine, environment=self.development, name="Shop, local", verbs=[Verb.READ], lifetime=DAY
            )
        self.assertEqual(refused.exception.rule, "never-by-token")
        self.assertEvents("token:offer:denied")

    def test_whoever_is_outside_finds_nothing(self) -> None:
        with self.assertRaises(NotFound):
            self.offers(self.mallory)
        self.assertFalse(AccessToken.objects.exists())

    def test_for_a_protected_environment_nobody_does(self) -> None:
        self.may_read(self.dev, self.production)
        self.forget_events()
        with self.assertRaises(Invalid) as refused:
            self.offers(environment=self.production)
        self.assertEqual(refused.exception.extra["field"], "environment")
        self.assertNoEvent()

    def test_bad_input_names_its_field_and_leaves_nothing(self) -> None:
        asked: dict[str, dict[str, Any]] = {
            "name": {"name": " \0"},
            "verbs": {"verbs": []},
            "expires_at": {"lifetime": dt.timedelta(days=9999)},
            "networks": {"networks": ["nowhere"]},
            "note": {"note": "n" * 501},
        }
        for field, wrong in asked.items():
            with self.subTest(field), self.assertRaises(Invalid) as refused:
                self.offers(**wrong)
            self.assertEqual(refused.exception.extra["field"], field)
        self.assertNoEvent()
        self.assertFalse(AccessToken.objects.exists())

    def test_all_of_them_or_none(self) -> None:
        self.may_read(self.dev, self.development)
        with patch("audit.services._INSERT", "INSERT INTO nowhere (id) VALUES "), self.assertRaises(Unavailable):
            self.offers()
        self.assertFalse(AccessToken.objects.exists())
        self.assertFalse(SealedToken.objects.exists())

    def test_a_service_s_token_of_that_name_keeps_it(self) -> None:
        issue_token(
            actor=self.actor(self.olivia),
            kind=TokenKind.SERVICE,
            name="Shop, local: adam@acme.example",
            verbs=[Verb.READ],
            lifetime=DAY,
            owner=self.identity(),
        )
        self.assertEqual(left_out(self.offers())["adam@acme.example"], Why.NAME_TAKEN)


def called(answer: Offers) -> list[str]:
    return [token.name for token in answer.offered]


def left_out(answer: Offers) -> dict[str, Why]:
    return {each.membership.user.email: each.why for each in answer.left_out}
