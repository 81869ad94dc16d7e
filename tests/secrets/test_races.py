"""Two at once: one wins and the other is told; a revocation wins over what is in flight."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from django.db import connection
from django.utils import timezone

from keyvault.actor import Actor, Verb
from keyvault.errors import Conflict, KeyVaultError, NotAllowed, NotFound, PreconditionFailed, Unauthorized
from keyvault.secrets.models import Environment, Secret
from keyvault.secrets.services.environments import delete_environment
from keyvault.secrets.services.moving import copy_secret
from keyvault.secrets.services.revealing import reveal_environment, reveal_secret
from keyvault.secrets.services.storing import create_secret, rotate_secret
from keyvault.secrets.values import Value
from orgs.models import Membership
from tests.secrets.scene import KEY, OTHER, KeysTestCase, KeysTransactionTestCase
from tests.tokens.scene import Tokens
from tokens.models import ServiceIdentity
from tokens.services import pause_token, revoke_token

Act = Callable[[], object]


def together(*acts: Act) -> list[str]:
    """What each raised ("" for nothing), sorted; all begin at the same moment, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Act) -> str:
        try:
            start.wait()
            act()
        except KeyVaultError as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


class TwoAtOnceTests(KeysTransactionTestCase):
    def test_of_two_rotations_of_one_version_one_is_refused(self) -> None:
        secret = self.stored()
        for version in range(1, 6):
            rotate = partial(rotate_secret, actor=self.owner(), secret=secret, expected_version=version)
            outcomes = together(partial(rotate, value=Value.text("one")), partial(rotate, value=Value.text("two")))
            self.assertEqual(outcomes, ["", PreconditionFailed.__name__])
        self.assertEqual(sorted(secret.versions.values_list("version", flat=True)), [1, 2, 3, 4, 5, 6])

    def test_without_an_expectation_all_are_stored_in_turn(self) -> None:
        secret = self.stored()
        rotate = partial(rotate_secret, actor=self.owner(), secret=secret, value=Value.text("x"))
        self.assertEqual(together(rotate, rotate, rotate, rotate), [""] * 4)
        secret.refresh_from_db()
        self.assertEqual((secret.current, secret.latest, secret.versions.count()), (5, 5, 5))

    def test_of_two_secrets_of_one_name_one_is_refused(self) -> None:
        act = partial(create_secret, actor=self.owner(), environment=self.development, name="X", value=Value.text("x"))
        self.assertEqual(together(act, act), ["", Conflict.__name__])
        self.assertEqual(Secret.objects.count(), 1)

    def test_where_the_policy_forbids_it_one_value_does_not_slip_into_two_environments(self) -> None:
        self.acme.refuse_shared_values = True
        self.acme.save()
        places = list(self.shop.environments.select_related("org", "project__org"))
        for number in range(5):
            store = partial(create_secret, actor=self.owner(), name=f"N{number}", value=Value.text(f"{KEY}-{number}"))
            outcomes = together(*(partial(store, environment=place) for place in places))
            self.assertEqual(outcomes, ["", Conflict.__name__, Conflict.__name__])

    def test_an_environment_is_not_deleted_under_a_new_secret(self) -> None:
        for number in range(5):
            place = Environment.objects.create(
                org=self.acme, project=self.shop, slug=f"e{number}", name="E", tier="dev", order=9
            )
            store = partial(create_secret, actor=self.owner(), environment=place, name="X", value=Value.text("x"))
            outcomes = together(store, partial(delete_environment, actor=self.owner(), environment=place))
            self.assertIn(outcomes, (["", NotFound.__name__], ["", Conflict.__name__]))
            left = Environment.objects.filter(pk=place.pk).exists()
            self.assertEqual(Secret.objects.filter(environment_id=place.pk).exists(), left)

    def test_copies_that_cross_do_not_wait_for_each_other(self) -> None:
        here, there = self.stored(), self.stored(environment=self.staging, value=OTHER)
        copy = partial(copy_secret, actor=self.owner(), as_version=True)
        for _ in range(5):
            outcomes = together(
                partial(copy, secret=here, to=self.staging), partial(copy, secret=there, to=self.development)
            )
            self.assertEqual(outcomes, ["", ""])


class StandingTests(KeysTestCase, Tokens):
    """The actor was made when the request began; what became of it since is asked in the act's own transaction."""

    def test_a_token_that_was_revoked_meanwhile_reads_and_writes_nothing(self) -> None:
        issued = self.of_service(verbs=[Verb.READ, Verb.ROTATE], project=self.shop, environment=self.development)
        actor = self.with_token(issued)
        revoke_token(actor=self.owner(), token=issued.token, cause="leaked")
        self.assertNothingWorks(actor, "token-revoked")

    def test_nor_one_that_was_paused(self) -> None:
        issued = self.of_service(verbs=[Verb.READ, Verb.ROTATE], project=self.shop, environment=self.development)
        actor = self.with_token(issued)
        pause_token(actor=self.owner(), token=issued.token)
        self.assertNothingWorks(actor, "token-paused")

    def assertNothingWorks(self, actor: Actor, rule: str) -> None:
        secret = self.stored()
        self.forget_events()
        for act in (
            partial(reveal_secret, actor=actor, secret=secret),
            partial(reveal_environment, actor=actor, environment=self.development),
            partial(rotate_secret, actor=actor, secret=secret, value=Value.text("x")),
        ):
            with self.assertRaises(Unauthorized) as refused:
                act()
            self.assertEqual(refused.exception.rule, rule)
        self.assertEvents("secret:reveal:denied", "secret:reveal-many:denied", "secret:rotate:denied")
        self.assertEqual(secret.versions.count(), 1)

    def test_a_service_that_was_switched_off_reads_nothing(self) -> None:
        actor = self.with_token(self.of_service(project=self.shop, environment=self.development))
        ServiceIdentity.objects.filter(slug=actor.name).update(disabled_at=timezone.now())
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=actor, secret=self.stored())

    def test_a_member_who_left_or_was_demoted_reads_nothing(self) -> None:
        secret, adam = self.stored(), self.actor(self.adam)
        mine = Membership.objects.filter(user=self.adam)
        yesterday = timezone.now().date() - dt.timedelta(days=1)
        self.forget_events()
        mine.update(role="viewer")
        self.assertReadsNothing(adam, secret)
        mine.update(role="admin", ends_on=yesterday)
        self.assertReadsNothing(adam, secret)
        mine.update(ends_on=None, ended_at=timezone.now())
        self.assertReadsNothing(adam, secret)

    def test_nor_does_a_person_whose_account_was_closed(self) -> None:
        secret, adam = self.stored(), self.actor(self.adam)
        self.adam.is_active = False
        self.adam.save()
        self.forget_events()
        self.assertReadsNothing(adam, secret)

    def assertReadsNothing(self, actor: Actor, secret: Secret) -> None:
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=actor, secret=secret)
        self.assertEvents("secret:reveal:denied")
