"""Several workers on one database: what they let through together is what the limit says."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from gateway.flushing.writing import release
from gateway.limits.database import DatabaseLedger
from gateway.limits.facts import Level
from gateway.limits.shares import Shares
from gateway.meter import Meter
from gateway.model import Refusal, Token
from gateway.models import Pool, Slice
from keyvault.ids import uuid7
from tests.cast import CastTransactionTestCase
from tests.gateway.meters import Kept, answer, asked, finish, prices, token_of

WORKERS, CALLS = 4, 200
# 1,000 bytes in at most, 400 tokens out: 2,500 + 4,000 millionths of a dollar.
BODY = {"model": "gpt-4o", "max_tokens": 400, "messages": [{"role": "user", "content": ""}]}
BODY["messages"] = [{"role": "user", "content": "x" * (1000 - len(asked(BODY).body or b""))}]
WORST = 6_500
TENTH = WORST * 10 // 10_000 + 1  # cents that are enough for ten


class Worker(threading.Thread):
    """A meter with a loop, connections and slices of its own."""

    def __init__(self, token: Token, act: Callable[[Meter, Token], Awaitable[object]]) -> None:
        super().__init__()
        self.id, self.token, self.act = uuid7(), token, act
        self.kept, self.outcome = Kept(), []  # type: ignore[var-annotated]

    def run(self) -> None:
        threads = ThreadPoolExecutor(1)
        shares = Shares(DatabaseLedger(self.id, threads))
        meter = Meter(self.kept, shares, prices)
        self.outcome = asyncio.run(self._all(meter))
        threads.submit(_close).result()
        threads.shutdown()

    async def _all(self, meter: Meter) -> list[object]:
        return await asyncio.gather(*(self.act(meter, self.token) for _ in range(CALLS)))


def _close() -> None:
    """Of the thread that it runs in."""
    connection.close()


def run(token: Token, act: Callable[[Meter, Token], Awaitable[object]]) -> list[Worker]:
    workers = [Worker(token, act) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    return workers


class TogetherTests(CastTransactionTestCase):
    def admitted(self, workers: list[Worker]) -> list[object]:
        """Each worker's calls that were let through; the others were refused with a rule."""
        every = [outcome for worker in workers for outcome in worker.outcome]
        self.assertEqual(len(every), WORKERS * CALLS)
        return [outcome for outcome in every if not isinstance(outcome, Refusal)]

    def test_calls_that_cost_the_worst_case_never_go_beyond_the_budget(self) -> None:
        token = token_of(self.acme.id, Level(subject=self.acme.id, name="organization", monthly_cents=TENTH))

        async def spend_all(meter: Meter, token: Token) -> object:
            admitted = await meter.admit(token, asked(BODY))
            if isinstance(admitted, Refusal):
                return admitted
            await asyncio.sleep(0.01)
            finish(admitted, answer(1000, 400))
            return admitted

        workers = run(token, spend_all)
        spent = sum(record.spend for worker in workers for record in worker.kept.records if record.is_settled)
        self.assertLessEqual(spent, TENTH * 10_000)
        self.assertGreaterEqual(len(self.admitted(workers)), 8)

    def test_what_is_under_way_at_any_moment_fits_into_the_budget(self) -> None:
        """Calls that cost less than reserved: later ones come in on what is given back, and still none beyond."""
        token = token_of(self.acme.id, Level(subject=self.acme.id, name="organization", monthly_cents=TENTH))

        async def spend_some(meter: Meter, token: Token) -> object:
            admitted = await meter.admit(token, asked(BODY))
            if isinstance(admitted, Refusal):
                return admitted
            finish(admitted, answer(100, 10))
            return admitted

        workers = run(token, spend_some)
        spent = sum(record.spend for worker in workers for record in worker.kept.records if record.is_settled)
        self.assertLessEqual(spent, TENTH * 10_000)
        self.assertGreater(len(self.admitted(workers)), 20)

    def test_a_minute_s_requests_are_those_of_all_workers(self) -> None:
        token = token_of(self.acme.id, Level(subject=self.acme.id, name="organization", requests_per_minute=50))

        async def ask(meter: Meter, token: Token) -> object:
            admitted = await meter.admit(token, asked(BODY))
            if not isinstance(admitted, Refusal):
                finish(admitted, answer())
            return admitted

        admitted = self.admitted(run(token, ask))
        self.assertLessEqual(len(admitted), 100)  # a minute may end meanwhile
        self.assertGreaterEqual(len(admitted), 40)

    def test_requests_under_way_are_counted_over_all_workers(self) -> None:
        token = token_of(self.acme.id, Level(subject=self.acme.id, name="organization", concurrent=7))
        under_way, most, lock = 0, 0, threading.Lock()

        async def stay(meter: Meter, token: Token) -> object:
            nonlocal under_way, most
            admitted = await meter.admit(token, asked(BODY))
            if isinstance(admitted, Refusal):
                return admitted
            with lock:
                under_way += 1
                most = max(most, under_way)
            await asyncio.sleep(0.005)
            with lock:
                under_way -= 1
            finish(admitted, answer())
            return admitted

        self.admitted(run(token, stay))
        self.assertLessEqual(most, 7)
        self.assertGreaterEqual(most, 3)

    def test_a_worker_that_is_gone_gives_back_what_it_held(self) -> None:
        token = token_of(self.acme.id, Level(subject=self.acme.id, name="organization", concurrent=4))

        async def keep(meter: Meter, token: Token) -> object:
            return await meter.admit(token, asked(BODY))

        workers = run(token, keep)
        self.assertEqual(Pool.objects.get(kind="streams").leased, 4)
        for worker in workers:
            release(worker.id)
        self.assertEqual((Pool.objects.get(kind="streams").leased, Slice.objects.count()), (0, 0))
