"""Two at once: what may happen once happens once, and nothing live is left behind a revocation."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection

from keyvault.actor import Actor, TokenKind, Verb
from keyvault.errors import Conflict, KeyVaultError
from tests.tokens.scene import DAY, HOUR, TokenTransactionTestCase
from tokens.models import AccessToken, SealedToken
from tokens.services import Issued, issue_token, open_offer, replace_token, revoke_token, revoke_tokens_of_environment

Act = Callable[[], object]

ROUNDS = 3


class RaceTests(TokenTransactionTestCase):
    def at_once(self, *acts: Act) -> list[object]:
        """Each act in a thread with a connection of its own; its value, or the refusal."""
        barrier = threading.Barrier(len(acts))
        results: dict[int, object] = {}

        def run(number: int, act: Act) -> None:
            try:
                connection.ensure_connection()
                barrier.wait()
                results[number] = act()
            except KeyVaultError as refusal:
                results[number] = refusal
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(len(results), len(acts))
        return [results[number] for number in range(len(acts))]

    def test_an_offer_opens_once(self) -> None:
        actor = self.actor(self.dev)
        for number in range(ROUNDS):
            offered: dict[str, Any] = {"verbs": [Verb.READ], "lifetime": DAY, "owner": self.membership(self.dev)}
            issue = partial(issue_token, actor=self.actor(self.adam), kind=TokenKind.PERSON, **offered)
            token = issue(name=f"offer {number}").token
            self.forget_events()
            results = self.at_once(*[partial(open_offer, actor=actor, token=token)] * 3)
            self.assertEqual(sum(isinstance(result, str) for result in results), 1)
            self.assertEqual({type(result) for result in results if not isinstance(result, str)}, {Conflict})
            words = sorted(event.outcome for event in self.events() if event.action == "token:open")
            self.assertEqual(words, ["error", "error", "success"])
        self.assertFalse(SealedToken.objects.exists())

    def test_a_token_that_is_revoked_while_it_is_replaced_is_revoked(self) -> None:
        for number in range(ROUNDS):
            token = self.of_service(f"service {number}").token
            replaced, _ = self.at_once(
                partial(replace_token, actor=self.actor(self.olivia), token=token),
                partial(revoke_token, actor=self.actor(self.adam), token=token, cause="leaked"),
            )
            old = self.now(token)
            self.assertEqual(old.state, "revoked")
            if isinstance(replaced, Issued):
                self.assertEqual((old.replaced_by_id, self.now(replaced.token).state), (replaced.token.pk, "active"))
            else:
                self.assertIsInstance(replaced, Conflict)
                self.assertEqual(AccessToken.objects.filter(name=token.name).count(), 1)

    def test_no_child_is_born_behind_the_back_of_a_revocation(self) -> None:
        olivia = self.actor(self.olivia)
        whole = partial(revoke_tokens_of_environment, actor=olivia, environment=self.staging, cause="leaked")
        for number in range(2 * ROUNDS):
            AccessToken.objects.all().delete()
            parent = self.of_service("parent", environment=self.staging, verbs=[Verb.READ, Verb.MANAGE])
            single = partial(revoke_token, actor=olivia, token=parent.token, cause="leaked")
            issue = self._issue_by(self.with_token(parent))
            self.at_once(partial(issue, name="first"), whole if number % 2 else single, partial(issue, name="second"))
            self.assertEqual(AccessToken.objects.unrevoked().count(), 0)

    def test_two_who_take_one_name(self) -> None:
        mine: dict[str, Any] = {
            "kind": TokenKind.PERSON,
            "name": "Shop importer",
            "verbs": [Verb.READ],
            "lifetime": DAY,
        }
        results = self.at_once(*(partial(issue_token, actor=self.actor(u), **mine) for u in (self.dev, self.vera)))
        self.assertEqual(sorted(type(result).__name__ for result in results), ["Conflict", "Issued"])
        self.assertEqual(AccessToken.objects.count(), 1)

    def _issue_by(self, actor: Actor) -> Callable[..., Issued]:
        job: dict[str, Any] = {
            "kind": TokenKind.CI,
            "verbs": [Verb.READ],
            "environment": self.staging,
            "owner": self.identity(),
        }
        return partial(issue_token, actor=actor, lifetime=HOUR, **job)
