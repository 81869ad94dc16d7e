"""One act on every token of an environment."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyvault.actor import Verb
from keyvault.errors import NotAllowed, NotFound
from tests.tokens.scene import HOUR, TokenTestCase, later
from tokens.models import AccessToken
from tokens.services import (
    pause_token,
    pause_tokens_of_environment,
    resume_token,
    resume_tokens_of_environment,
    revoke_tokens_of_environment,
)


class EnvironmentTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.of_staging = [
            self.personal(self.dev, "dev in staging", environment=self.staging),
            self.of_service("service in staging", environment=self.staging),
            self.of_team("team in staging", environment=self.staging),
        ]
        self.elsewhere = [
            self.personal(self.dev, "everywhere"),
            self.of_service("whole shop", project=self.shop),
            self.of_service("in development", environment=self.development),
        ]
        self.forget_events()

    def states(self) -> set[str]:
        return {self.now(issued.token).state for issued in self.of_staging}

    def test_pause_and_resume(self) -> None:
        paused = pause_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging, reason="incident 7")
        self.assertEqual({token.pk for token in paused}, {issued.token.pk for issued in self.of_staging})
        for issued in self.of_staging:
            self.assertEqual(self.refused(issued).rule, "token-paused")
        for issued in self.elsewhere:
            self.assertIsNotNone(self.with_token(issued))
        act, *each = self.events()[:4]
        self.assertEqual((act.target_token_id, act.environment_id, act.reason), (None, self.staging.pk, "incident 7"))
        self.assertEqual(act.document["details"], {"change": "pause", "tokens": 3})
        self.assertEqual({event.target_token_id for event in each}, {token.pk for token in paused})
        self.assertEqual({(event.action, event.reason) for event in each}, {("token:change", "incident 7")})
        resume_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging)
        self.assertEqual(self.states(), {"active"})
        self.assertEvents(*["token:change"] * 4)

    def test_what_was_paused_before_stays_paused(self) -> None:
        suspect = self.of_staging[1].token
        pause_token(actor=self.actor(self.adam), token=suspect, reason="suspicious")
        pause_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging)
        resume_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging)
        self.assertEqual(self.now(suspect).state, "paused")
        self.assertEqual(self.states(), {"active", "paused"})

    def test_what_was_resumed_and_paused_again_by_itself_stays_paused(self) -> None:
        token, adam = self.of_staging[1].token, self.actor(self.adam)
        pause_tokens_of_environment(actor=adam, environment=self.staging)
        resume_token(actor=adam, token=token)
        pause_token(actor=adam, token=token)
        resume_tokens_of_environment(actor=adam, environment=self.staging)
        self.assertEqual(self.now(token).state, "paused")

    def test_owners_do_not_get_around_it(self) -> None:
        pause_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging)
        with self.assertRaises(NotAllowed):
            resume_token(actor=self.actor(self.dev), token=self.of_staging[0].token)

    def test_revoke(self) -> None:
        gone = revoke_tokens_of_environment(actor=self.actor(self.olivia), environment=self.staging, cause="leaked")
        self.assertEqual(len(gone), 3)
        self.assertEqual(self.states(), {"revoked"})
        self.assertEqual({self.now(issued.token).state for issued in self.elsewhere}, {"active"})
        act, *each = self.assertEvents(*["token:revoke"] * 4)
        self.assertEqual((act.target_token_id, act.document["details"]), (None, {"tokens": 3}))
        self.assertEqual({event.reason for event in (act, *each)}, {"leaked"})
        resume_tokens_of_environment(actor=self.actor(self.olivia), environment=self.staging)
        self.assertEqual(self.states(), {"revoked"})

    def test_paused_and_expired_ones_are_revoked_too(self) -> None:
        pause_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging)
        with later(48 * HOUR):
            self.assertEqual(pause_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging), [])
            revoke_tokens_of_environment(actor=self.actor(self.adam), environment=self.staging, cause="closing")
        self.assertEqual(self.states(), {"revoked"})

    def test_an_empty_environment_leaves_the_event_of_the_act(self) -> None:
        pause_tokens_of_environment(actor=self.actor(self.adam), environment=self.production)
        (act,) = self.assertEvents("token:change")
        self.assertEqual(act.document["details"]["tokens"], 0)

    def test_who_may_not(self) -> None:
        acts: dict[str, list[Callable[..., object]]] = {
            "token:change": [pause_tokens_of_environment, resume_tokens_of_environment],
            "token:revoke": [lambda **who: revoke_tokens_of_environment(cause="x", **who)],
        }
        for action, services in acts.items():
            for act in services:
                for user in (self.dev, self.vera):
                    with self.assertRaises(NotAllowed):
                        act(actor=self.actor(user), environment=self.staging)
                    self.assertEvents(f"{action}:denied")
                with self.assertRaises(NotFound):
                    act(actor=self.actor(self.mallory), environment=self.staging)
        self.assertEqual(self.states(), {"active"})

    def test_it_takes_a_constant_number_of_statements(self) -> None:
        def statements() -> int:
            adam = self.actor(self.adam)
            with CaptureQueriesContext(connection) as queries:
                pause_tokens_of_environment(actor=adam, environment=self.staging)
            resume_tokens_of_environment(actor=adam, environment=self.staging)
            return len(queries)

        few = statements()
        for number in range(10):
            self.of_service(f"more {number}", environment=self.staging)
        self.assertEqual(statements(), few)

    def test_a_managing_token_of_the_environment_may_and_goes_with_it(self) -> None:
        managing = self.of_service("managing", environment=self.staging, verbs=[Verb.MANAGE])
        child = self.of_service(
            "child", actor=self.with_token(managing), environment=self.staging, verbs=[Verb.MANAGE], lifetime=HOUR
        )
        with self.assertRaises(NotAllowed):
            pause_tokens_of_environment(actor=self.with_token(managing), environment=self.development)
        revoke_tokens_of_environment(actor=self.with_token(managing), environment=self.staging, cause="shutdown")
        self.assertEqual({self.refused(issued).rule for issued in (managing, child)}, {"token-revoked"})
        self.assertEqual(AccessToken.objects.filter(environment=self.staging).exclude(state="revoked").count(), 0)
