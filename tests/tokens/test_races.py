"""Two at once: what may happen once happens once, and nothing live is left behind a revocation."""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from keyvault.actor import TokenKind, Verb
from keyvault.errors import Conflict, KeyVaultError
from tests.tokens.scene import DAY, HOUR, TokenTransactionTestCase
from tokens.models import AccessToken, SealedToken
from tokens.services import Issued, issue_token, open_offer, replace_token, revoke_token, revoke_tokens_of_environment

T = TypeVar("T")

ROUNDS = 3


class RaceTests(TokenTransactionTestCase):
    def at_once(self, *acts: Callable[[], T]) -> list[T | KeyVaultError]:
        """Each act in a thread with a connection of its own; its value, or the refusal."""
        barrier = threading.Barrier(len(acts))
        results: dict[int, T | KeyVaultError] = {}

        def run(number: int, act: Callable[[], T]) -> None:
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
            token = issue_token(
                actor=self.actor(self.adam),
                kind=TokenKind.PERSON,
                name=f"offer {number}",
                verbs=[Verb.READ],
                lifetime=DAY,
                owner=self.membership(self.dev),
            ).token
            self.forget_events()
            results = self.at_once(*[lambda token=token: open_offer(actor=actor, token=token)] * 3)  # type: ignore[misc]
            self.assertEqual(sum(isinstance(result, str) for result in results), 1)
            self.assertEqual({type(result) for result in results if not isinstance(result, str)}, {Conflict})
            words = sorted(event.outcome for event in self.events() if event.action == "token:open")
            self.assertEqual(words, ["error", "error", "success"])
        self.assertFalse(SealedToken.objects.exists())

    def test_a_token_that_is_revoked_while_it_is_replaced_is_revoked(self) -> None:
        olivia, adam = self.actor(self.olivia), self.actor(self.adam)
        for number in range(ROUNDS):
            token = self.of_service(f"service {number}").token
            replaced, _ = self.at_once(
                lambda token=token: replace_token(actor=olivia, token=token),  # type: ignore[misc]
                lambda token=token: revoke_token(actor=adam, token=token, cause="leaked"),  # type: ignore[misc]
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
        revocations: list[Callable[[AccessToken], object]] = [
            lambda token: revoke_token(actor=olivia, token=token, cause="leaked"),
            lambda token: revoke_tokens_of_environment(actor=olivia, environment=self.staging, cause="leaked"),
        ]
        for revoke in revocations:
            for _ in range(ROUNDS):
                AccessToken.objects.all().delete()
                parent = self.of_service("parent", environment=self.staging, verbs=[Verb.READ, Verb.MANAGE])
                acting, service = self.with_token(parent), self.identity()

                def issue(number: int, acting: object = acting, service: object = service) -> object:
                    return issue_token(
                        actor=acting,  # type: ignore[arg-type]
                        kind=TokenKind.CI,
                        name=f"child {number}",
                        verbs=[Verb.READ],
                        environment=self.staging,
                        lifetime=HOUR,
                        owner=service,  # type: ignore[arg-type]
                    )

                self.at_once(
                    lambda: issue(1),
                    lambda revoke=revoke, parent=parent: revoke(parent.token),  # type: ignore[misc]
                    lambda: issue(2),
                )
                self.assertEqual(AccessToken.objects.unrevoked().count(), 0)

    def test_two_who_take_one_name(self) -> None:
        scope = {"kind": TokenKind.PERSON, "name": "Shop importer", "verbs": [Verb.READ], "lifetime": DAY}
        results = self.at_once(
            lambda: issue_token(actor=self.actor(self.dev), **scope),  # type: ignore[arg-type]
            lambda: issue_token(actor=self.actor(self.vera), **scope),  # type: ignore[arg-type]
        )
        self.assertEqual(sorted(type(result).__name__ for result in results), ["Conflict", "Issued"])
        self.assertEqual(AccessToken.objects.count(), 1)
