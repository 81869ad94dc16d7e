"""An organization keeps one owner at least: by the services' lock, and by the database whatever the code does."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from keyvault.actor import Actor, Role
from keyvault.errors import KeyVaultError
from keyvault.flows.offboarding import leave
from orgs.models import Membership, Organization
from orgs.services.members import change_role
from tests.cast import CastTestCase, CastTransactionTestCase
from tests.sessions import raw_session, wait_until_somebody_waits

PATIENCE = 10.0  # seconds


class ParallelTests(CastTransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        change_role(
            actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam), role=Role.OWNER
        )
        self.forget_events()

    def test_of_two_owners_who_step_down_at_once_one_stays(self) -> None:
        """Both are past their own question and wait for the organization's row when it is let go."""
        actors = [self.actor(self.adam), self.actor(self.olivia)]
        with raw_session() as gate, ThreadPoolExecutor(2) as both:
            gate.execute("SELECT FROM orgs_organization WHERE id = %s FOR UPDATE", [self.acme.pk])
            ends = [both.submit(_in_own_connection, partial(leave, actor=actor)) for actor in actors]
            wait_until_somebody_waits(2)
            gate.commit()
            refusals = [refusal for end in ends if (refusal := end.result(PATIENCE))]
        self.assertEqual([refusal.rule for refusal in refusals], ["one-owner-at-least"])
        self.assertEqual(len(self.owners()), 1)
        self.assertEqual(
            sorted(f"{e.action}:{e.outcome}" for e in self.events()), ["member:leave:error", "member:leave:success"]
        )

    def test_of_two_owners_who_demote_each_other_at_once_one_stays(self) -> None:
        together = threading.Barrier(2)

        def demote(by: Actor, whom: Membership) -> Membership:
            together.wait(PATIENCE)
            return change_role(actor=by, membership=whom, role=Role.ADMIN)

        pairs = [
            (self.actor(self.olivia), self.membership(self.adam)),
            (self.actor(self.adam), self.membership(self.olivia)),
        ]
        with ThreadPoolExecutor(2) as both:
            ends = [both.submit(_in_own_connection, partial(demote, *pair)) for pair in pairs]
            refusals = [refusal for end in ends if (refusal := end.result(PATIENCE))]
        self.assertEqual(len(refusals), 1)
        self.assertIn(refusals[0].rule, {"only-owners-change-owners", "one-owner-at-least"})
        self.assertEqual(len(self.owners()), 1)
        words = sorted(f"{event.action}:{event.outcome}" for event in self.events())
        self.assertEqual(words, ["member:role:denied", "member:role:success"])

    def test_the_database_lets_only_the_first_of_two_transactions_pass(self) -> None:
        """Neither takes the services' lock; both have written before either is asked."""
        with raw_session() as first, raw_session() as second, ThreadPoolExecutor(1) as others:
            for session, owner in ((first, self.olivia), (second, self.adam)):
                session.execute("UPDATE orgs_membership SET role = 'viewer' WHERE user_id = %s", [owner.pk])
            first.execute("SET CONSTRAINTS ALL IMMEDIATE")
            waiting = others.submit(second.commit)
            wait_until_somebody_waits()
            first.commit()
            with self.assertRaises(psycopg.errors.CheckViolation) as refused:
                waiting.result(PATIENCE)
        self.assertEqual(refused.exception.diag.constraint_name, "one_owner_at_least")
        self.assertEqual(self.owners(), {"adam@acme.example"})

    def owners(self) -> set[str]:
        rows = Membership.objects.active().filter(org=self.acme, role=Role.OWNER)
        return set(rows.values_list("user__email", flat=True))


class ConstraintTests(CastTestCase):
    def test_it_refuses_every_way_of_losing_the_last_owner(self) -> None:
        mine = Membership.objects.filter(user=self.olivia)
        ways: dict[str, Callable[[], object]] = {
            "demoted": lambda: mine.update(role=Role.ADMIN),
            "ended": lambda: mine.update(ended_at=timezone.now()),
            "deleted": mine.delete,
            "person deleted": User.objects.filter(pk=self.olivia.pk).delete,
        }
        for way, lose in ways.items():
            refused = self.assertRaisesMessage(IntegrityError, "one owner at least")
            with self.subTest(way), refused, transaction.atomic():
                lose()
                _ask_now()
        _ask_now()
        self.assertEqual(self.actor(self.olivia).role, Role.OWNER)

    def test_it_refuses_a_last_day_for_an_owner(self) -> None:
        with self.assertRaisesMessage(IntegrityError, "an_owner_has_no_last_day"), transaction.atomic():
            Membership.objects.filter(user=self.olivia).update(ends_on=timezone.now().date())

    def test_it_lets_ownership_pass_in_any_order(self) -> None:
        Membership.objects.filter(user=self.olivia).update(role=Role.ADMIN)
        Membership.objects.filter(user=self.dev).update(role=Role.OWNER)
        _ask_now()

    def test_it_lets_an_organization_go_with_everything_in_it(self) -> None:
        self.acme.delete()
        _ask_now()
        self.assertFalse(Organization.objects.filter(slug="acme").exists())
        self.assertTrue(User.objects.filter(pk=self.olivia.pk).exists())

    def test_it_asks_nothing_about_others(self) -> None:
        Membership.objects.filter(user=self.dev).update(role=Role.VIEWER)
        Membership.objects.filter(user=self.vera).delete()
        _ask_now()

    def test_it_cannot_be_switched_off_by_a_replica_s_session(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'one_owner_at_least'")
            self.assertEqual(cursor.fetchall(), [("A",)])


def _ask_now() -> None:
    """As the commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _in_own_connection(act: Callable[[], object]) -> KeyVaultError | None:
    try:
        act()
    except KeyVaultError as refusal:
        return refusal
    finally:
        connection.close()
    return None
