"""Revoking: at once, for good, with the cause and who did it."""

from django.db import transaction

from keyvault.actor import Verb
from keyvault.errors import Invalid, NotAllowed, NotFound
from tests.tokens.scene import HOUR, TokenTestCase, later
from tokens.models import AccessToken
from tokens.services import pause_token, revoke_token, revoke_tokens_of_member


class RevokingTests(TokenTestCase):
    def test_the_next_request_is_refused_and_the_log_says_why_and_by_whom(self) -> None:
        issued = self.of_service()
        self.assertIsNotNone(self.with_token(issued))
        self.forget_events()
        revoke_token(actor=self.actor(self.adam), token=issued.token, cause="found in a log file")
        self.assertEqual(self.refused(issued).rule, "token-revoked")
        token = self.now(issued.token)
        self.assertEqual(
            (token.state, token.revoked_by, token.revoked_cause),
            ("revoked", "adam@acme.example", "found in a log file"),
        )
        self.assertIsNotNone(token.revoked_at)
        event, _ = self.assertEvents("token:revoke", "token:authenticate:denied")
        self.assertEqual((event.target_token_id, event.reason), (token.pk, "found in a log file"))
        self.assertEqual((event.actor_id, event.org_id), (self.adam.pk, self.acme.pk))

    def test_again_it_changes_nothing_and_the_first_cause_stands(self) -> None:
        token = self.of_service().token
        revoke_token(actor=self.actor(self.olivia), token=token, cause="first")
        before = self.now(token)
        self.forget_events()
        revoke_token(actor=self.actor(self.adam), token=token, cause="second")
        after = self.now(token)
        self.assertEqual((after.revoked_at, after.revoked_cause), (before.revoked_at, "first"))
        self.assertNoEvent()

    def test_it_says_why(self) -> None:
        token = self.of_service().token
        for cause in ("", "   ", "x" * 201, "a\nb"):
            with self.assertRaises(Invalid) as refused:
                revoke_token(actor=self.actor(self.olivia), token=token, cause=cause)
            self.assertEqual(refused.exception.extra["field"], "cause")
        self.assertEqual(self.now(token).state, "active")

    def test_paused_and_expired_ones_are_revoked_too(self) -> None:
        paused = pause_token(actor=self.actor(self.olivia), token=self.of_service("paused").token)
        expired = self.of_service("expired", lifetime=HOUR).token
        with later(2 * HOUR):
            for token in (paused, expired):
                revoke_token(actor=self.actor(self.olivia), token=token, cause="cleaning up")
                self.assertEqual(self.now(token).state, "revoked")

    def test_a_row_that_was_tampered_with_can_be_revoked(self) -> None:
        issued = self.of_service()
        AccessToken.objects.filter(pk=issued.token.pk).update(verbs=["manage"])
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="tampered with")
        self.assertEqual(self.now(issued.token).state, "revoked")


class WhoRevokesTests(TokenTestCase):
    def test_owners_revoke_their_own(self) -> None:
        for user in (self.dev, self.vera):
            token = self.personal(user).token
            revoke_token(actor=self.actor(user), token=token, cause="done")
            self.assertEqual(self.now(token).state, "revoked")

    def test_developers_and_viewers_revoke_nobody_else_s(self) -> None:
        tokens = [self.of_service().token, self.of_team().token, self.personal(self.olivia).token]
        for user in (self.dev, self.vera):
            for token in tokens:
                self.forget_events()
                with self.assertRaises(NotAllowed):
                    revoke_token(actor=self.actor(user), token=token, cause="because")
                self.assertEvents("token:revoke:denied")
        with self.assertRaises(NotFound):
            revoke_token(actor=self.actor(self.mallory), token=tokens[0], cause="because")
        self.assertEqual({self.now(token).state for token in tokens}, {"active"})

    def test_a_token_revokes_itself_whatever_it_permits(self) -> None:
        for issued in (self.personal(self.vera, verbs=[Verb.LIST]), self.of_service(verbs=[Verb.READ])):
            actor = self.with_token(issued)
            self.forget_events()
            revoke_token(actor=actor, token=issued.token, cause="done")
            (event,) = self.assertEvents("token:revoke")
            self.assertEqual((event.token_id, event.target_token_id), (issued.token.pk, issued.token.pk))
            self.assertEqual(self.refused(issued).rule, "token-revoked")

    def test_but_a_team_token_does_not_because_anybody_may_have_it(self) -> None:
        issued = self.of_team()
        actor = self.with_token(issued)
        with self.assertRaises(NotAllowed) as refused:
            revoke_token(actor=actor, token=issued.token, cause="vandalism")
        self.assertEqual(refused.exception.rule, "team-tokens-work-only-at-the-gateway")
        self.assertEqual(self.now(issued.token).state, "active")

    def test_a_token_without_manage_revokes_no_other(self) -> None:
        reading, other = self.personal(self.dev, "reading"), self.personal(self.dev, "other")
        with self.assertRaises(NotAllowed):
            revoke_token(actor=self.with_token(reading), token=other.token, cause="because")


class OffboardingTests(TokenTestCase):
    def test_every_token_of_the_member_goes_in_the_caller_s_transaction(self) -> None:
        managing = self.personal(self.dev, "first", verbs=[Verb.READ, Verb.MANAGE])
        self.personal(self.dev, "second")
        paused = pause_token(actor=self.actor(self.dev), token=self.personal(self.dev, "third").token)
        others = [self.personal(self.vera).token, self.of_service().token, self.of_team().token]
        self.forget_events()
        with transaction.atomic():
            gone = revoke_tokens_of_member(
                actor=self.actor(self.olivia), membership=self.membership(self.dev), cause="left the company"
            )
        self.assertEqual({token.name for token in gone}, {"first", "second", "third"})
        self.assertEqual(self.now(paused).state, "revoked")
        self.assertEqual({self.now(token).state for token in others}, {"active"})
        events = self.events()
        self.assertEqual({event.reason for event in events}, {"left the company"})
        self.assertEqual(
            {event.target_token_id for event in events if event.action == "token:revoke"}, {t.pk for t in gone}
        )
        self.assertEqual(self.refused(managing).rule, "token-revoked")

    def test_rolled_back_with_it(self) -> None:
        issued = self.personal(self.dev)
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            revoke_tokens_of_member(
                actor=self.actor(self.olivia), membership=self.membership(self.dev), cause="left the company"
            )
            raise ZeroDivisionError
        self.assertIsNotNone(self.with_token(issued))

    def test_a_member_without_tokens_leaves_no_event(self) -> None:
        revoke_tokens_of_member(actor=self.actor(self.olivia), membership=self.membership(self.vera), cause="left")
        self.assertNoEvent()
