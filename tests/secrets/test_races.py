"""Two at once: one wins and the other is told; a revocation wins over what is in flight."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection
from django.utils import timezone

from keyvault.actor import Verb
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


def together(*acts: Act) -> list[KeyVaultError | None]:
    """What each raised, all begun at the same moment, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Act) -> KeyVaultError | None:
        try:
            start.wait()
            act()
        except KeyVaultError as refused:
            return refused
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def kinds(outcomes: list[KeyVaultError | None]) -> set[type[KeyVaultError] | None]:
    return {type(outcome) if outcome else None for outcome in outcomes}


class TwoAtOnceTests(KeysTransactionTestCase):
    def test_of_two_rotations_of_one_version_one_is_refused(self) -> None:
        secret, owner = self.stored(), self.owner()
        for version in range(1, 6):
            outcomes = together(
                *(
                    lambda text=text, version=version: rotate_secret(  # type: ignore[misc]
                        actor=owner, secret=secret, value=Value.text(text), expected_version=version
                    )
                    for text in ("one", "two")
                )
            )
            self.assertEqual(kinds(outcomes), {None, PreconditionFailed})
        self.assertEqual(sorted(secret.versions.values_list("version", flat=True)), [1, 2, 3, 4, 5, 6])

    def test_without_an_expectation_both_are_stored_in_turn(self) -> None:
        secret, owner = self.stored(), self.owner()
        together(*[lambda: rotate_secret(actor=owner, secret=secret, value=Value.text("x"))] * 4)
        secret.refresh_from_db()
        self.assertEqual((secret.current, secret.latest, secret.versions.count()), (5, 5, 5))

    def test_of_two_secrets_of_one_name_one_is_refused(self) -> None:
        owner, place = self.owner(), self.development
        act = lambda: create_secret(actor=owner, environment=place, name="X", value=Value.text("x"))  # noqa: E731
        self.assertEqual(kinds(together(act, act)), {None, Conflict})
        self.assertEqual(Secret.objects.count(), 1)

    def test_where_the_policy_forbids_it_one_value_does_not_slip_into_two_environments(self) -> None:
        self.acme.refuse_shared_values = True
        self.acme.save()
        owner, places = (
            self.owner(),
            Environment.objects.filter(project=self.shop).select_related("org", "project__org"),
        )
        for number in range(5):
            value = Value.text(f"{KEY}-{number}")
            outcomes = together(
                *(
                    lambda place=place, number=number, value=value: create_secret(  # type: ignore[misc]
                        actor=owner, environment=place, name=f"N{number}", value=value
                    )
                    for place in places
                )
            )
            self.assertEqual(sorted(str(type(o).__name__) for o in outcomes), ["Conflict", "Conflict", "NoneType"])

    def test_an_environment_is_not_deleted_under_a_new_secret(self) -> None:
        owner = self.owner()
        for number in range(5):
            place = Environment.objects.create(
                org=self.acme, project=self.shop, slug=f"e{number}", name="E", tier="dev", order=9
            )
            outcomes = together(
                lambda: create_secret(actor=owner, environment=place, name="X", value=Value.text("x")),  # noqa: B023
                lambda: delete_environment(actor=owner, environment=place),  # noqa: B023
            )
            self.assertIn(kinds(outcomes), ({None, NotFound}, {None, Conflict}))
            left = Environment.objects.filter(pk=place.pk).exists()
            self.assertEqual(Secret.objects.filter(environment_id=place.pk).exists(), left)

    def test_copies_that_cross_do_not_wait_for_each_other(self) -> None:
        owner = self.owner()
        here, there = self.stored(), self.stored(environment=self.staging, value=OTHER)
        for _ in range(5):
            outcomes = together(
                lambda: copy_secret(actor=owner, secret=here, to=self.staging, as_version=True),
                lambda: copy_secret(actor=owner, secret=there, to=self.development, as_version=True),
            )
            self.assertEqual(outcomes, [None, None])


class StandingTests(KeysTestCase, Tokens):
    """The actor was made when the request began; what became of it since is asked in the act's own transaction."""

    def test_a_token_that_ended_meanwhile_reads_and_writes_nothing(self) -> None:
        secret = self.stored()
        for number, end in enumerate((revoke_token, pause_token)):
            issued = self.of_service(
                f"Deploy job {number}", verbs=[Verb.READ, Verb.ROTATE], environment=self.development, project=self.shop
            )
            actor = self.with_token(issued)
            end(actor=self.owner(), token=issued.token, **({"cause": "leaked"} if end is revoke_token else {}))
            self.forget_events()
            with self.assertRaises(Unauthorized) as refused:
                reveal_secret(actor=actor, secret=secret)
            self.assertIn(refused.exception.rule, ("token-revoked", "token-paused"))
            with self.assertRaises(Unauthorized):
                reveal_environment(actor=actor, environment=self.development)
            with self.assertRaises(Unauthorized):
                rotate_secret(actor=actor, secret=secret, value=Value.text("x"))
            self.assertEvents("secret:reveal:denied", "secret:reveal-many:denied", "secret:rotate:denied")
        self.assertEqual(secret.versions.count(), 1)

    def test_a_service_that_was_switched_off_reads_nothing(self) -> None:
        actor = self.with_token(self.of_service(project=self.shop, environment=self.development))
        ServiceIdentity.objects.filter(pk=actor.id).update(disabled_at=timezone.now())
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=actor, secret=self.stored())

    def test_a_member_who_left_was_demoted_or_closed_reads_nothing(self) -> None:
        secret, adam = self.stored(), self.actor(self.adam)
        mine = Membership.objects.filter(user=self.adam)
        yesterday = timezone.now() - timezone.timedelta(days=1)
        for then, back in (
            ({"ended_at": timezone.now()}, {"ended_at": None}),
            ({"role": "viewer"}, {"role": "admin"}),
            ({"ends_on": yesterday.date()}, {"ends_on": None}),
        ):
            mine.update(**then)
            self.forget_events()
            with self.subTest(then), self.assertRaises(NotAllowed):
                reveal_secret(actor=adam, secret=secret)
            self.assertEvents("secret:reveal:denied")
            mine.update(**back)
        self.adam.is_active = False
        self.adam.save()
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=adam, secret=secret)
