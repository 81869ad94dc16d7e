"""Pausing and resuming: who may, what it does at once, and whose pause stands."""

from typing import Any

from django.utils import timezone

from keyvault.actor import TokenKind, Verb, system
from keyvault.errors import Conflict, NotAllowed, NotFound
from tests.tokens.scene import DAY, HOUR, TokenTestCase
from tokens.models import AccessToken
from tokens.services import issue_token, pause_token, resume_token, revoke_token


class PausingTests(TokenTestCase):
    def test_a_paused_token_is_refused_by_name_and_works_again(self) -> None:
        issued = self.personal(self.dev)
        self.forget_events()
        pause_token(actor=self.actor(self.dev), token=issued.token, reason="on holiday")
        self.assertEqual(self.refused(issued).rule, "token-paused")
        token = self.now(issued.token)
        self.assertEqual((token.state, token.paused_by_id), ("paused", self.dev.pk))
        self.assertIsNotNone(token.paused_at)
        resume_token(actor=self.actor(self.dev), token=issued.token)
        self.assertIsNotNone(self.with_token(issued))
        self.assertIsNone(self.now(issued.token).paused_at)
        pause, _, resume = self.assertEvents("token:change", "token:authenticate:denied", "token:change")
        self.assertEqual((pause.reason, pause.document["details"]["change"]), ("on holiday", "pause"))
        self.assertEqual(resume.document["details"]["change"], "resume")

    def test_done_twice_nothing_happens(self) -> None:
        token = self.personal(self.dev).token
        actor = self.actor(self.dev)
        resume_token(actor=actor, token=token)
        pause_token(actor=actor, token=token)
        paused_at = self.now(token).paused_at
        self.forget_events()
        pause_token(actor=self.actor(self.olivia), token=token)
        self.assertEqual((self.now(token).paused_at, self.now(token).paused_by_id), (paused_at, self.dev.pk))
        self.assertNoEvent()

    def test_others_need_the_right(self) -> None:
        token = self.personal(self.olivia).token
        for user in (self.dev, self.vera):
            for act in (pause_token, resume_token):
                self.forget_events()
                with self.assertRaises(NotAllowed):
                    act(actor=self.actor(user), token=token)
                self.assertEvents("token:change:denied")
        with self.assertRaises(NotFound):
            pause_token(actor=self.actor(self.mallory), token=token)
        self.assertEqual(self.now(token).state, "active")
        pause_token(actor=self.actor(self.adam), token=token)
        self.assertEqual(self.now(token).state, "paused")

    def test_what_an_admin_paused_its_owner_does_not_resume(self) -> None:
        token = self.personal(self.dev).token
        pause_token(actor=self.actor(self.adam), token=token, reason="strange use")
        self.forget_events()
        with self.assertRaises(NotAllowed):
            resume_token(actor=self.actor(self.dev), token=token)
        self.assertEvents("token:change:denied")
        self.assertEqual(self.now(token).state, "paused")
        resume_token(actor=self.actor(self.olivia), token=token)
        self.assertEqual(self.now(token).state, "active")

    def test_what_the_product_paused_its_owner_resumes(self) -> None:
        token = self.personal(self.dev).token
        pause_token(actor=system("stale sweep"), token=token, reason="unused for 90 days")
        resume_token(actor=self.actor(self.dev), token=token)
        self.assertEqual(self.now(token).state, "active")

    def test_final_is_final(self) -> None:
        actor = self.actor(self.olivia)
        revoked = revoke_token(actor=actor, token=self.of_service("revoked").token, cause="gone")
        expired = self.of_service("expired").token
        AccessToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - HOUR, state="paused")
        self.forget_events()
        for token in (revoked, expired):
            for act in (pause_token, resume_token):
                with self.assertRaises(Conflict) as refused:
                    act(actor=actor, token=token)
                self.assertEqual(refused.exception.rule, f"token-{token.name}")
                self.assertEvents("token:change:error")

    def test_children_go_on(self) -> None:
        parent = self.of_service("parent", verbs=[Verb.READ, Verb.MANAGE])
        child = self.of_service("child", actor=self.with_token(parent), verbs=[Verb.READ], lifetime=HOUR)
        pause_token(actor=self.actor(self.olivia), token=parent.token)
        self.assertIsNotNone(self.with_token(child))


class ByTokenTests(TokenTestCase):
    def test_a_managing_token_of_the_owner_may_within_its_scope(self) -> None:
        scope: dict[str, Any] = {"verbs": [Verb.READ, Verb.MANAGE], "environment": self.development}
        managing = self.personal(self.dev, "Dev's terminal", **scope)
        inside = self.personal(self.dev, "inside", environment=self.development)
        outside = self.personal(self.dev, "outside", environment=self.staging)
        pause_token(actor=self.with_token(managing), token=inside.token)
        self.assertEqual(self.now(inside.token).state, "paused")
        with self.assertRaises(NotAllowed):
            pause_token(actor=self.with_token(managing), token=outside.token)

    def test_one_that_does_not_manage_may_not_even_pause_itself(self) -> None:
        issued = self.personal(self.dev)
        with self.assertRaises(NotAllowed):
            pause_token(actor=self.with_token(issued), token=issued.token)
        self.assertEqual(self.now(issued.token).state, "active")

    def test_a_developer_s_token_changes_nothing_of_others(self) -> None:
        managing = self.personal(self.dev, verbs=[Verb.MANAGE])
        for token in (self.of_service().token, self.of_team().token, self.personal(self.vera).token):
            with self.assertRaises(NotAllowed):
                pause_token(actor=self.with_token(managing), token=token)

    def test_a_service_pauses_its_own_children_even_limited_to_paths(self) -> None:
        parent = self.of_service("parent", verbs=[Verb.READ, Verb.MANAGE], prefixes=["api/*"])
        child = self.of_service(
            "child", actor=self.with_token(parent), verbs=[Verb.READ], prefixes=["api/x"], lifetime=HOUR
        )
        pause_token(actor=self.with_token(parent), token=child.token)
        self.assertEqual(self.refused(child).rule, "token-paused")

    def test_a_token_that_was_revoked_in_between_changes_nothing(self) -> None:
        managing = self.personal(self.dev, "Dev's terminal", verbs=[Verb.MANAGE])
        other = issue_token(
            actor=self.actor(self.dev), kind=TokenKind.PERSON, name="Other", verbs=[Verb.READ], lifetime=DAY
        )
        actor = self.with_token(managing)
        revoke_token(actor=self.actor(self.dev), token=managing.token, cause="lost")
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            pause_token(actor=actor, token=other.token)
        self.assertEqual(refused.exception.rule, "token-revoked")
        self.assertEvents("token:change:denied")
