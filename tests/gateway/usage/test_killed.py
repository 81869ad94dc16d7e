"""A worker may be killed at any moment: of what a client has heard to the end no use is lost, and none counts twice."""

import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db.models import Sum

from gateway.models import Hour, Usage, Worker
from tests.gateway.house import until
from tests.gateway.scene import GatewayTestCase
from tests.gateway.usage.test_reached import ASKED, CHAT
from tests.tokens.scene import shown

KILLS = 100
CLIENTS = 6


@pytest.mark.slow
class KilledTests(GatewayTestCase):
    workers = 3

    def setUp(self) -> None:
        super().setUp()
        self.broker(self.development)
        self.issued = self.at_development()
        self.token = shown(self.issued)
        until(lambda: self.house.ask(CHAT, self.token, body=ASKED).status == 200)

    def test_no_use_is_lost_and_none_counts_twice(self) -> None:
        heard: set[str] = set()
        with self.clients(heard):
            for _ in range(KILLS):
                time.sleep(random.uniform(0, 0.3))
                self.kill_one()
        self.assertGreater(len(heard), KILLS)
        self.settle(heard)
        until(lambda: Hour.objects.aggregate(sum=Sum("requests"))["sum"] == Usage.objects.count())

    def settle(self, heard: set[str]) -> None:
        """What the dead left is adopted by those that live."""
        lost: set[str] = set(heard)

        def told() -> bool:
            lost.difference_update(str(key) for key in Usage.objects.values_list("id", flat=True))
            return not lost

        with suppress(AssertionError):
            until(told, 90)
        self.assertEqual(len(lost), 0, f"lost of {len(heard)}")

    def kill_one(self) -> None:
        victim = random.choice(until_there(self.workers))
        with suppress(ProcessLookupError):
            os.kill(int(victim.name.rpartition(":")[2]), signal.SIGKILL)
        Worker.objects.filter(pk=victim.pk).delete()

    @contextmanager
    def clients(self, heard: set[str]) -> Iterator[None]:
        done = threading.Event()
        threads = [threading.Thread(target=self.ask_on, args=(heard, done)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            done.set()
            for thread in threads:
                thread.join()

    def ask_on(self, heard: set[str], done: threading.Event) -> None:
        while not done.is_set():
            with suppress(OSError, http.client.HTTPException):
                answer = self.house.ask(CHAT, self.token, body=ASKED)
                if answer.status == 200:
                    heard.add(str(answer.header("x-kv-request-id")))


def until_there(count: int) -> list[Worker]:
    """The workers that serve, once they are as many as before."""
    until(lambda: Worker.objects.exclude(seen=None).count() >= count)
    return list(Worker.objects.exclude(seen=None))
