"""Replacing: a new value for the same name and scope, and an end for the old one."""

import datetime as dt
from typing import Any

from django.utils import timezone

from keyvault.actor import TokenKind, Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.tokens.scene import DAY, HOUR, TokenTestCase, later, shown
from tokens.models import AccessToken, SealedToken
from tokens.services import issue_token, open_offer, pause_token, replace_token, revoke_token


class ReplacingTests(TokenTestCase):
    def test_the_old_one_works_on_until_the_overlap_ends(self) -> None:
        old = self.of_service(prefixes=["api/*"], networks=["203.0.113.0/24"], environment=self.staging, note="why")
        self.forget_events()
        new = replace_token(actor=self.actor(self.adam), token=old.token, overlap=HOUR)
        self.assertNotEqual(shown(new), shown(old))
        before, after = self.now(old.token), self.now(new.token)
        self.assertEqual(before.replaced_by_id, after.pk)
        for column in ("name", "kind", "service_id", "verbs", "prefixes", "networks", "environment_id", "note"):
            self.assertEqual(getattr(before, column), getattr(after, column), column)
        self.assertEqual({self.with_token(old).id, self.with_token(new).id}, {self.identity().pk})
        with later(HOUR):
            self.assertEqual(self.refused(old).rule, "token-expired")
            self.assertIsNotNone(self.with_token(new))
        issued, change, _ = self.assertEvents("token:issue-service", "token:change", "token:authenticate:denied")
        self.assertEqual((issued.target_token_id, change.target_token_id), (after.pk, before.pk))
        self.assertEqual(issued.document["details"]["replaces"], str(before.pk))
        self.assertEqual(change.document["details"]["successor"], str(after.pk))

    def test_without_an_overlap_the_old_one_ends_at_once(self) -> None:
        old = self.personal(self.dev)
        replace_token(actor=self.actor(self.dev), token=old.token, overlap=dt.timedelta(0))
        self.assertEqual(self.refused(old).rule, "token-expired")

    def test_the_overlap_is_seven_days_at_most_and_never_lengthens_a_life(self) -> None:
        old = self.of_service(lifetime=HOUR)
        for wrong in (dt.timedelta(days=7, seconds=1), -HOUR):
            with self.assertRaises(Invalid):
                replace_token(actor=self.actor(self.olivia), token=old.token, overlap=wrong)
        ends = self.now(old.token).expires_at
        replace_token(actor=self.actor(self.olivia), token=old.token, overlap=7 * DAY)
        self.assertEqual(self.now(old.token).expires_at, ends)

    def test_the_new_one_lives_as_long_as_the_old_one_did_or_as_asked(self) -> None:
        old = self.of_service(lifetime=30 * DAY)
        first = replace_token(actor=self.actor(self.olivia), token=old.token)
        self.assertLess(abs(first.token.expires_at - timezone.now() - 30 * DAY), HOUR)
        second = replace_token(actor=self.actor(self.olivia), token=first.token, lifetime=DAY)
        self.assertLess(abs(second.token.expires_at - timezone.now() - DAY), HOUR)
        with self.assertRaises(Invalid):
            replace_token(actor=self.actor(self.olivia), token=second.token, lifetime=400 * DAY)

    def test_each_is_replaced_once_and_only_while_it_works(self) -> None:
        actor = self.actor(self.olivia)
        replaced = self.of_service("replaced").token
        replace_token(actor=actor, token=replaced)
        paused = pause_token(actor=actor, token=self.of_service("paused").token)
        revoked = revoke_token(actor=actor, token=self.of_service("revoked").token, cause="gone")
        expired = self.of_service("expired").token
        AccessToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - HOUR)
        self.forget_events()
        count = AccessToken.objects.count()
        for token in (replaced, paused, revoked, expired):
            with self.assertRaises(Conflict) as refused:
                replace_token(actor=actor, token=token)
            self.assertEqual(refused.exception.rule, f"token-{token.name}")
            self.assertEvents("token:change:error")
        self.assertEqual(AccessToken.objects.count(), count)

    def test_the_successor_may_be_replaced_in_its_turn_under_the_same_name(self) -> None:
        first = self.of_service()
        second = replace_token(actor=self.actor(self.olivia), token=first.token)
        third = replace_token(actor=self.actor(self.olivia), token=second.token)
        self.assertEqual(AccessToken.objects.filter(name=first.token.name).count(), 3)
        self.assertIsNotNone(self.with_token(third))


class WhoReplacesTests(TokenTestCase):
    def test_owners_replace_their_own(self) -> None:
        old = self.personal(self.vera)
        self.assertIsNotNone(self.with_token(replace_token(actor=self.actor(self.vera), token=old.token)))

    def test_for_another_member_the_new_one_is_an_offer(self) -> None:
        old = self.personal(self.dev)
        self.forget_events()
        issued = replace_token(actor=self.actor(self.adam), token=old.token)
        self.assertIsNone(issued.value)
        self.assertEvents("token:offer", "token:change")
        self.assertTrue(open_offer(actor=self.actor(self.dev), token=issued.token).startswith("kvp_any_"))

    def test_a_team_token_is_sealed_again(self) -> None:
        old = self.of_team()
        issued = replace_token(actor=self.actor(self.adam), token=old.token)
        self.assertTrue(SealedToken.objects.filter(token=issued.token, offered_to=None).exists())

    def test_developers_do_not_replace_what_is_not_theirs(self) -> None:
        for token in (self.of_service().token, self.of_team().token, self.personal(self.olivia).token):
            self.forget_events()
            with self.assertRaises(NotAllowed):
                replace_token(actor=self.actor(self.dev), token=token)
            self.assertEvents("token:change:denied")
            self.assertIsNone(self.now(token).replaced_by_id)
        with self.assertRaises(NotFound):
            replace_token(actor=self.actor(self.mallory), token=token)

    def test_an_admin_gets_no_production_token_by_replacing_an_owner_s(self) -> None:
        old = self.of_service(environment=self.production, may_reveal_production=True)
        self.forget_events()
        with self.assertRaises(NotAllowed):
            replace_token(actor=self.actor(self.adam, stepped_up=True), token=old.token)
        self.assertEvents("token:change:denied")
        self.may_read(self.adam, self.production)
        with self.assertRaises(NotAllowed):
            replace_token(actor=self.actor(self.adam), token=old.token)
        adam = self.actor(self.adam, stepped_up=True)
        self.assertTrue(replace_token(actor=adam, token=old.token).token.may_reveal_production)

    def test_a_personal_production_token_takes_a_fresh_second_factor_again(self) -> None:
        self.may_read(self.dev, self.production)
        scope: dict[str, Any] = {"environment": self.production, "may_reveal_production": True, "lifetime": HOUR}
        old = self.personal(self.dev, stepped_up=True, **scope)
        with self.assertRaises(NotAllowed):
            replace_token(actor=self.actor(self.dev), token=old.token)
        replace_token(actor=self.actor(self.dev, stepped_up=True), token=old.token)

    def test_by_a_token_only_what_that_token_issued_and_no_longer_than_it(self) -> None:
        parent = self.of_service("parent", verbs=[Verb.READ, Verb.MANAGE], lifetime=2 * DAY)
        child = self.of_service("child", actor=self.with_token(parent), verbs=[Verb.READ], lifetime=HOUR)
        other = self.of_service("other", verbs=[Verb.READ])
        for token in (other.token, parent.token):
            with self.assertRaises(NotAllowed) as refused:
                replace_token(actor=self.with_token(parent), token=token)
            self.assertEqual(refused.exception.rule, "token-replaces-its-children")
        issued = replace_token(actor=self.with_token(parent), token=child.token)
        self.assertEqual(self.now(issued.token).parent_id, parent.token.pk)
        with self.assertRaises(Invalid):
            replace_token(actor=self.with_token(parent), token=issued.token, lifetime=3 * DAY)

    def test_in_a_session_the_successor_of_a_child_stays_a_child(self) -> None:
        parent = self.personal(self.dev, "Dev's terminal", verbs=[Verb.READ, Verb.MANAGE], lifetime=2 * DAY)
        child = issue_token(
            actor=self.with_token(parent), kind=TokenKind.PERSON, name="Script", verbs=[Verb.READ], lifetime=DAY
        )
        issued = replace_token(actor=self.actor(self.dev), token=child.token)
        self.assertEqual(self.now(issued.token).parent_id, parent.token.pk)
        revoke_token(actor=self.actor(self.dev), token=parent.token, cause="lost")
        self.assertEqual(self.refused(issued).rule, "token-revoked")


class ChildrenTests(TokenTestCase):
    def test_children_of_the_old_one_end_with_it_and_stay_authentic(self) -> None:
        parent = self.of_service("parent", verbs=[Verb.READ, Verb.MANAGE], lifetime=3 * DAY)
        child = self.of_service("child", actor=self.with_token(parent), verbs=[Verb.READ], lifetime=2 * DAY)
        brief = self.of_service("brief", actor=self.with_token(parent), verbs=[Verb.READ], lifetime=HOUR / 2)
        ends = brief.token.expires_at
        self.forget_events()
        replace_token(actor=self.actor(self.olivia), token=parent.token, overlap=HOUR)
        self.assertEqual(self.now(child.token).expires_at, self.now(parent.token).expires_at)
        self.assertEqual(self.now(brief.token).expires_at, ends)
        *_, shortened = self.assertEvents("token:issue-service", "token:change", "token:change")
        self.assertIsNotNone(self.with_token(child))
        with later(HOUR):
            self.assertEqual(self.refused(child).rule, "token-expired")
        self.assertEqual(shortened.target_token_id, child.token.pk)
        self.assertEqual(shortened.document["details"]["change"], "shorten")

    def test_a_row_that_was_widened_in_the_database_is_not_made_anew(self) -> None:
        old = self.of_service(verbs=[Verb.LIST])
        AccessToken.objects.filter(pk=old.token.pk).update(verbs=["list", "manage", "read"])
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            replace_token(actor=self.actor(self.olivia), token=old.token)
        self.assertEqual(refused.exception.rule, "token-tampered")
        self.assertEvents("token:change:error")
        self.assertEqual(AccessToken.objects.count(), 1)

    def test_nor_signed_as_a_child(self) -> None:
        parent = self.of_service("parent", verbs=[Verb.READ, Verb.MANAGE], lifetime=3 * DAY)
        child = self.of_service("child", actor=self.with_token(parent), verbs=[Verb.READ], lifetime=2 * DAY)
        AccessToken.objects.filter(pk=child.token.pk).update(verbs=["delete", "read"])
        replace_token(actor=self.actor(self.olivia), token=parent.token, overlap=HOUR)
        self.assertEqual(self.refused(child).rule, "token-invalid")
