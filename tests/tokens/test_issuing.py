"""Issuing: what each kind needs, who may, what the row and the log say, and what is refused."""

import datetime as dt
from typing import Any

from django.utils import timezone

from keyvault.actor import ActorType, Role, TokenKind, Verb, system
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets.models import Project
from tests.tokens.scene import DAY, HOUR, TokenTestCase, later, shown
from tokens.format import parse
from tokens.integrity import digest, is_authentic
from tokens.models import AccessToken, SealedToken
from tokens.peppers import pepper_of
from tokens.services import issue_token
from tokens.signing import bound


class PersonalTests(TokenTestCase):
    def test_everybody_issues_their_own_and_sees_it_once(self) -> None:
        for user in (self.olivia, self.adam, self.dev, self.vera):
            issued = self.personal(user)
            (event,) = self.assertEvents("token:issue-personal")
            self.assertEqual(event.target_token_id, issued.token.pk)
            actor = self.with_token(issued)
            self.assertEqual((actor.type, actor.id, actor.role), (ActorType.PERSON, user.pk, self.actor(user).role))
            self.assertFalse(SealedToken.objects.exists())

    def test_the_row_keeps_a_digest_and_a_mac_and_never_the_value(self) -> None:
        issued = self.personal(self.dev, networks=["203.0.113.0/24"], note="my notebook")
        token, value = self.now(issued.token), shown(issued)
        pepper = pepper_of(token.pepper_id)
        self.assertEqual(bytes(token.digest), digest(pepper, value))
        self.assertTrue(is_authentic(pepper, bound(token), bytes(token.mac)))
        self.assertEqual((token.display[:12], token.display[-4:]), (value[:12], value[-4:]))
        self.assertEqual(
            (token.verbs, token.networks, token.note), (["list", "read"], ["203.0.113.0/24"], "my notebook")
        )
        self.assertEqual(token.issued_by, "dev@acme.example")
        self.assertNotIn(value, repr(issued) + str(issued) + repr(token))

    def test_the_letters_of_the_environment_are_its_tier(self) -> None:
        for environment, letters in ((None, "any"), (self.development, "dev"), (self.staging, "stg")):
            parsed = parse(shown(self.personal(self.dev, f"in {letters}", environment=environment)))
            assert parsed is not None
            self.assertEqual((parsed.kind, parsed.environment), (TokenKind.PERSON, letters))

    def test_the_event_says_how_far_it_reaches(self) -> None:
        self.personal(self.dev, environment=self.development, prefixes=["api-keys/*"], networks=["203.0.113.7"])
        (event,) = self.assertEvents("token:issue-personal")
        document = event.document
        self.assertEqual((document["project"]["name"], document["env"]["name"]), ("shop", "development"))
        self.assertEqual(document["on_token"]["name"], "Dev's laptop")
        self.assertEqual(document["details"]["verbs"], ["list", "read"])
        self.assertEqual(document["details"]["prefixes"], ["api-keys/*"])
        self.assertEqual(document["details"]["networks"], ["203.0.113.7/32"])
        self.assertEqual((document["details"]["owner"], document["details"]["kind"]), ("dev@acme.example", "person"))

    def test_who_is_outside_finds_nothing_to_issue_for(self) -> None:
        mallory = self.actor(self.mallory)
        for place in ({"project": self.shop}, {"environment": self.development}, {"owner": self.membership(self.dev)}):
            with self.assertRaises(NotFound):
                issue_token(
                    actor=mallory, kind=TokenKind.PERSON, name="Outsider", verbs=["read"], lifetime=DAY, **place
                )
        self.assertFalse(AccessToken.objects.exists())
        self.assertNoEvent()

    def test_a_membership_that_has_ended_gets_none(self) -> None:
        actor, membership = self.actor(self.dev), self.membership(self.dev)
        membership.ended_at = timezone.now()
        membership.save()
        for issuer in (actor, self.actor(self.olivia)):
            with self.assertRaises(Conflict):
                issue_token(
                    actor=issuer, kind=TokenKind.PERSON, name="Late", verbs=["read"], lifetime=DAY, owner=membership
                )
        self.assertFalse(AccessToken.objects.exists())

    def test_a_personal_token_is_no_service_s(self) -> None:
        with self.assertRaises(Invalid):
            self.personal(self.olivia, owner=self.identity())

    def test_a_token_permits_something(self) -> None:
        for verbs in ([], ["fly"]):
            with self.assertRaises(Invalid) as refused:
                self.personal(self.dev, verbs=verbs)
            self.assertEqual(refused.exception.extra["field"], "verbs")
        self.assertNoEvent()


class ExpiryTests(TokenTestCase):
    def ends(self, **end: Any) -> dt.datetime:
        AccessToken.objects.all().delete()
        return self.personal(self.dev, **{"lifetime": None, **end}).token.expires_at

    def test_every_token_says_when_it_ends(self) -> None:
        moment = timezone.now() + DAY
        self.assertEqual(self.ends(expires_at=moment), moment)
        self.assertLess(abs(self.ends(lifetime=HOUR) - timezone.now() - HOUR), dt.timedelta(seconds=5))
        for nothing in ({}, {"expires_at": moment, "lifetime": DAY}):
            with self.assertRaises(Invalid) as refused:
                self.ends(**nothing)
            self.assertEqual(refused.exception.extra["field"], "expires_at")

    def test_no_end_is_past_or_beyond_the_policy(self) -> None:
        self.acme.token_max_days = 30
        self.acme.save()
        ends: list[dict[str, Any]] = [
            {"expires_at": timezone.now() - DAY},
            {"lifetime": dt.timedelta(0)},
            {"lifetime": -DAY},
            {"lifetime": dt.timedelta(days=31)},
            {"expires_at": timezone.now() + 31 * DAY},
            {"lifetime": dt.timedelta.max},
            {"expires_at": dt.datetime(2027, 1, 1)},  # noqa: DTZ001 - that is what is refused
            {"expires_at": dt.datetime.max.replace(tzinfo=dt.UTC)},
        ]
        for end in ends:
            with self.assertRaises(Invalid) as refused:
                self.ends(**end)
            self.assertEqual(refused.exception.extra["field"], "expires_at", end)
        self.assertNoEvent("token:issue-personal")

    def test_who_asks_for_the_longest_gets_it_whatever_the_clocks(self) -> None:
        ends = self.ends(expires_at=timezone.now() + dt.timedelta(days=365, seconds=20))
        self.assertLessEqual(ends, timezone.now() + dt.timedelta(days=365))

    def test_a_token_ends_with_the_engagement(self) -> None:
        membership = self.membership(self.dev)
        membership.ends_on = timezone.now().date() + 3 * DAY
        membership.save()
        with self.assertRaises(Invalid):
            self.ends(lifetime=dt.timedelta(days=5))
        last = dt.datetime.combine(membership.ends_on + DAY, dt.time(), tzinfo=dt.UTC)
        self.assertEqual(self.ends(expires_at=last), last)


class NameTests(TokenTestCase):
    def test_two_live_tokens_of_an_organization_never_share_a_name(self) -> None:
        self.personal(self.dev, "Shop importer")
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            self.personal(self.olivia, " Shop  importer ")
        self.assertEqual((refused.exception.rule, refused.exception.extra["field"]), ("token-name-taken", "name"))
        self.assertEqual(AccessToken.objects.count(), 1)
        (event,) = self.assertEvents("token:issue-personal:error")
        self.assertEqual(event.reason, "token-name-taken")

    def test_another_organization_may(self) -> None:
        self.personal(self.dev, "Shop importer")
        self.personal(self.mallory, "Shop importer")
        self.assertEqual(AccessToken.objects.filter(name="Shop importer").count(), 2)

    def test_an_expired_token_gives_up_its_name(self) -> None:
        old = self.personal(self.dev, "Shop importer", lifetime=HOUR).token
        AccessToken.objects.filter(pk=old.pk).update(expires_at=timezone.now() - HOUR)
        self.forget_events()
        new = self.personal(self.dev, "Shop importer").token
        self.assertEqual((self.now(old).state, self.now(old).revoked_cause), ("revoked", "expired"))
        self.assertEqual(self.now(new).state, "active")
        retired, _ = self.assertEvents("token:revoke", "token:issue-personal")
        self.assertEqual((retired.target_token_id, retired.reason), (old.pk, "expired"))

    def test_a_paused_one_keeps_it(self) -> None:
        old = self.personal(self.dev, "Shop importer").token
        AccessToken.objects.filter(pk=old.pk).update(state="paused")
        with self.assertRaises(Conflict):
            self.personal(self.dev, "Shop importer")

    def test_a_bad_name_is_refused_before_anything_is_asked(self) -> None:
        for name in ("ab", "x" * 81, "nul\0byte"):
            with self.assertRaises(Invalid):
                self.personal(self.dev, name)
        self.assertNoEvent()


class ServiceTests(TokenTestCase):
    def test_owners_and_admins_issue_for_a_service_identity(self) -> None:
        for user, kind in ((self.olivia, TokenKind.SERVICE), (self.adam, TokenKind.CI)):
            issued = self.of_service(f"by {user.name}", kind=kind, actor=self.actor(user))
            self.assertEqual(shown(issued)[2], kind.value)
            actor = self.with_token(issued)
            self.assertEqual((actor.type, actor.id, actor.name), (ActorType.SERVICE, self.identity().pk, "deploy"))
            self.assertIsNone(actor.role)
            self.assertEvents("token:issue-service")

    def test_developers_and_viewers_do_not(self) -> None:
        for user in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                self.of_service(actor=self.actor(user))
            self.assertEvents("token:issue-service:denied")
        self.assertFalse(AccessToken.objects.exists())

    def test_a_demotion_that_comes_first_counts(self) -> None:
        actor = self.actor(self.adam)
        membership = self.membership(self.adam)
        membership.role = Role.DEVELOPER
        membership.save()
        with self.assertRaises(NotAllowed):
            self.of_service(actor=actor)
        self.assertEvents("token:issue-service:denied")
        self.assertFalse(AccessToken.objects.exists())

    def test_a_service_token_is_no_member_s(self) -> None:
        for owner in (None, self.membership(self.dev)):
            with self.assertRaises(Invalid):
                self.of_service(owner=owner)

    def test_a_disabled_identity_gets_none(self) -> None:
        identity = self.identity()
        identity.disabled_at = timezone.now()
        identity.save()
        with self.assertRaises(Conflict):
            self.of_service()

    def test_the_product_itself_may(self) -> None:
        issued = self.of_service(actor=system("seed"), environment=self.production, may_reveal_production=True)
        self.assertEqual(self.now(issued.token).issued_by, "seed")
        self.assertEvents("token:issue-service")


class TeamTests(TokenTestCase):
    def test_a_team_token_is_nobody_s_and_sealed(self) -> None:
        issued = self.of_team()
        self.assertEqual(shown(issued)[:8], "kvt_dev_")
        token = self.now(issued.token)
        self.assertEqual((token.membership_id, token.service_id, token.verbs), (None, None, []))
        sealed = SealedToken.objects.get(token=token)
        self.assertIsNone(sealed.offered_to_id)
        self.assertNotIn(shown(issued).encode(), bytes(sealed.envelope))
        self.assertEvents("token:issue-team")

    def test_it_names_its_environment_and_where_it_is_used_from_and_reads_nothing(self) -> None:
        lacking: list[dict[str, Any]] = [
            {"environment": None},
            {"environment": None, "project": self.shop},
            {"origins": []},
            {"verbs": [Verb.READ]},
            {"prefixes": ["a"]},
            {"owner": self.membership(self.dev)},
            {"owner": self.identity()},
            {"may_reveal_production": True},
        ]
        for scope in lacking:
            with self.assertRaises(Invalid):
                self.of_team(**scope)
        self.assertFalse(AccessToken.objects.exists())
        self.of_team(origins=[], networks=["203.0.113.0/24"])

    def test_production_takes_the_organization_s_policy(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            self.of_team(environment=self.production)
        self.assertEqual(refused.exception.rule, "team-tokens-not-in-production")
        (event,) = self.assertEvents("token:issue-team:denied")
        self.assertEqual(event.reason, "team-tokens-not-in-production")
        self.acme.team_tokens_in_production = True
        self.acme.save()
        self.assertEqual(shown(self.of_team(environment=self.production))[:8], "kvt_prd_")

    def test_developers_do_not_issue_them(self) -> None:
        with self.assertRaises(NotAllowed):
            self.of_team(actor=self.actor(self.dev))
        self.assertEvents("token:issue-team:denied")


class PlaceTests(TokenTestCase):
    def test_an_environment_brings_its_project(self) -> None:
        self.assertEqual(self.personal(self.dev, environment=self.staging).token.project_id, self.shop.pk)

    def test_an_environment_of_another_project_does_not_exist_there(self) -> None:
        other = Project.objects.create(org=self.acme, slug="blog", name="Blog")
        with self.assertRaises(NotFound):
            self.personal(self.dev, project=other, environment=self.staging)

    def test_a_token_that_is_issued_works_until_it_expires(self) -> None:
        issued = self.personal(self.dev, lifetime=HOUR)
        self.assertIsNotNone(self.with_token(issued))
        with later(HOUR):
            self.assertEqual(self.refused(issued).rule, "token-expired")
