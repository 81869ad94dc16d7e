"""An answer to a revocation says whether every worker of the gateway goes by it; changes are kept until all do."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from gateway.acknowledgement import count_applied_changes, forget_applied_changes, wait_for_workers
from gateway.models import Change, Worker
from keyvault.actor import Verb
from keyvault.ids import uuid7
from tests.cast import CastTransactionTestCase
from tests.gateway.scene import GatewayTestCase
from tests.gateway.state.test_reached import CHAT
from tests.tokens.scene import Tokens, shown
from tokens.services import pause_token, revoke_token


class AcknowledgedTests(GatewayTestCase):
    """With the gateway as it runs."""

    workers = 2

    def test_when_the_answer_says_everywhere_every_worker_refuses(self) -> None:
        self.broker(self.development)
        issued = self.at_development()
        self.assertEqual(wait_for_workers([issued.token.pk]), [])
        token = shown(issued)
        self.assertEqual({self.house.ask(CHAT, token).status for _ in range(20)}, {200})
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="lost")
        self.assertEqual(wait_for_workers([issued.token.pk]), [])
        self.assertEqual({self.house.ask(CHAT, token).status for _ in range(20)}, {401})


class LateTests(Tokens, CastTransactionTestCase):
    """With rows of workers that we are."""

    def setUp(self) -> None:
        super().setUp()
        self.token = self.of_service("Deploy job", project=self.shop, environment=self.development).token

    def test_without_a_worker_it_is_everywhere(self) -> None:
        self.assertEqual(wait_for_workers([self.token.pk], 0), [])

    def test_a_worker_that_has_not_looked_since_is_late_until_its_lease_ends(self) -> None:
        worker = self.worker(seen=_snapshot())
        pause_token(actor=self.actor(self.olivia), token=self.token)
        [late] = wait_for_workers([self.token.pk], 0)
        self.assertEqual((late.worker, late.until), (worker.name, worker.lease_until))
        self.assertEqual(wait_for_workers([uuid7()], 0), [], "another token did not change")
        Worker.objects.update(seen=_snapshot())
        self.assertEqual(wait_for_workers([self.token.pk], 0), [])

    def test_a_worker_without_a_lease_serves_nobody_and_is_not_waited_for(self) -> None:
        self.worker(seen=_snapshot(), lease=-1)
        pause_token(actor=self.actor(self.olivia), token=self.token)
        self.assertEqual(wait_for_workers([self.token.pk], 0), [])

    def test_a_worker_that_is_starting_may_have_looked_before(self) -> None:
        self.worker(seen=None)
        self.assertEqual(len(wait_for_workers([self.token.pk], 0)), 1)

    def test_a_transaction_that_is_held_open_elsewhere_delays_no_answer(self) -> None:
        with _elsewhere() as other:
            other.execute("UPDATE tokens_accesstoken SET name = name || '.' WHERE id <> %s", [self.token.pk])
            pause_token(actor=self.actor(self.olivia), token=self.token)
            self.worker(seen=_snapshot())
            self.assertEqual(wait_for_workers([self.token.pk], 0), [])

    def test_the_api_says_who_is_late(self) -> None:
        worker = self.worker(seen=_snapshot(), lease=60)
        answer = self.put_pause()
        self.assertEqual((answer["everywhere"], [each["worker"] for each in answer["late"]]), (False, [worker.name]))

    def test_changes_stay_until_every_worker_has_them(self) -> None:
        before = _snapshot()
        pause_token(actor=self.actor(self.olivia), token=self.token)
        worker = self.worker(seen=before)
        kept = Change.objects.filter(subject=self.token.pk)
        forget_applied_changes()
        self.assertTrue(kept.filter(kind="token").count())
        seen = _snapshot()
        Worker.objects.filter(pk=worker.pk).update(seen=seen)
        forget_applied_changes()
        ended = Change.objects.extra(where=["xid < pg_snapshot_xmin(%s::pg_snapshot)"], params=[seen])
        self.assertFalse(ended.exists(), "what is left was under way for somebody when the worker looked")

    def test_nothing_is_forgotten_while_a_worker_is_starting(self) -> None:
        self.worker(seen=None)
        self.assertEqual((count_applied_changes(), forget_applied_changes()), (0, 0))

    def test_what_a_transaction_that_is_held_open_changes_is_not_forgotten(self) -> None:
        with _elsewhere() as other:
            other.execute("UPDATE tokens_accesstoken SET state = 'paused' WHERE id = %s", [self.token.pk])
            self.of_service("Another", project=self.shop, environment=self.development)
            self.worker(seen=_snapshot())
            forget_applied_changes()
            other.execute("COMMIT")
        forget_applied_changes()
        self.assertEqual(len(wait_for_workers([self.token.pk], 0)), 1, "it is not told to the worker yet")

    def test_workers_that_are_long_gone_are_forgotten(self) -> None:
        self.worker(seen=_snapshot(), lease=-90_000)
        forget_applied_changes()
        self.assertFalse(Worker.objects.exists())

    def worker(self, *, seen: str | None, lease: float = 5) -> Worker:
        until = timezone.now() + dt.timedelta(seconds=lease)
        return Worker.objects.create(name=f"host:{uuid7()}", seen=seen, lease_until=until)

    def put_pause(self) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {shown(self.personal(self.olivia, verbs=[Verb.MANAGE]))}"}
        pause = f"/api/v1/tokens/{self.token.pk}/pause"
        answer: dict[str, Any] = self.client.put(pause, {}, "application/json", headers=bearer).json()
        return answer


def _snapshot() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


@contextmanager
def _elsewhere() -> Iterator[Any]:
    """A cursor in a transaction on a connection of its own, rolled back at the end unless it was committed."""
    other = connections["default"].copy()
    other.set_autocommit(False)
    try:
        yield other.cursor()
    finally:
        other.rollback()
        other.close()
