"""Asking for work: written with the change, nudged after it, whatever becomes of the broker."""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
from typing import Any
from uuid import uuid4

import redis
from django.conf import settings
from django.db import transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from keyvault.actor import ActorType
from keyvault.jobs.models import Job, State
from keyvault.jobs.services import enqueue
from tests.audit.scene import token
from tests.jobs.scene import ADAM, ORG, doing, queued


def nothing(**arguments: Any) -> None:
    """A job that is never run here."""


class RowTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(doing(nothing))

    def test_row_keeps_what_is_asked_and_by_whom(self) -> None:
        job = Job.objects.get(pk=queued(secret_id=str(ORG), days=7).pk)
        self.assertEqual((job.kind, job.arguments), ("tests.work", {"secret_id": str(ORG), "days": 7}))
        self.assertEqual((job.state, job.attempts, job.org_id), (State.QUEUED, 0, ORG))
        author = job.author
        self.assertEqual((author.type, author.id, author.name), (ActorType.PERSON, ADAM.id, "Adam"))
        self.assertEqual((author.membership_id, author.token_id), (ADAM.membership_id, None))
        self.assertEqual(author.origin.request_id, ADAM.origin.request_id)
        self.assertEqual(author.origin.address, "203.0.113.9")

    def test_row_keeps_the_token_that_the_author_acted_with(self) -> None:
        key = token()
        author = type(ADAM)(**{**{name: getattr(ADAM, name) for name in ADAM.__dataclass_fields__}, "token": key})
        self.assertEqual(Job.objects.get(pk=queued(author=author).pk).author.token_id, key.token_id)

    def test_without_an_author_the_system_is_one(self) -> None:
        job = queued(author=None)
        self.assertEqual((job.author_type, job.author_id, job.org_id), (ActorType.SYSTEM, None, None))

    def test_kind_that_nothing_does_is_refused_at_once(self) -> None:
        with self.assertRaises(LookupError):
            enqueue("tests.unheard-of", arguments={}, author=ADAM)
        self.assertEqual(Job.objects.count(), 0)

    def test_arguments_are_json_only(self) -> None:
        for value in (uuid4(), {1, 2}, b"bytes", timezone.now(), object()):
            with self.subTest(value=type(value)), self.assertRaises(TypeError), transaction.atomic():
                queued(value=value)
        self.assertEqual(Job.objects.count(), 0)

    def test_waiting_job_has_no_nudge(self) -> None:
        later = timezone.now() + dt.timedelta(days=7)
        with self.captureOnCommitCallbacks() as callbacks:
            job = enqueue("tests.work", arguments={}, author=ADAM, run_after=later)
        self.assertEqual((callbacks, job.run_after), ([], later))


class NudgeTests(TransactionTestCase):
    """Against the real broker, which nobody reads here."""

    def setUp(self) -> None:
        self.enterContext(doing(nothing))
        self.broker = redis.Redis.from_url(settings.REDIS_URL)
        self.addCleanup(self.broker.close)

    def messages_of(self, job: Job) -> list[bytes]:
        found: Any = self.broker.lrange("celery", 0, -1)  # redis-py's type is that of both its clients
        return [message for message in found if str(job.pk).encode() in message]

    def drop(self, messages: list[bytes]) -> None:
        for message in messages:
            self.broker.lrem("celery", 0, message.decode())

    def test_message_follows_the_commit_and_carries_the_key_alone(self) -> None:
        with transaction.atomic():
            job = queued(canary="kept in the row")
            self.assertEqual(self.messages_of(job), [])
        messages = self.messages_of(job)
        self.drop(messages)
        (message,) = map(json.loads, messages)
        self.assertEqual((message["content-type"], message["content-encoding"]), ("application/json", "utf-8"))
        self.assertEqual(message["headers"]["task"], "keyvault.jobs.tasks.run")
        self.assertEqual(message["headers"]["argsrepr"], f"('{job.pk}',)")
        self.assertNotIn(b"canary", messages[0])

    def test_rolled_back_change_leaves_neither_row_nor_message(self) -> None:
        with self.assertRaises(KeyboardInterrupt), transaction.atomic():
            job = queued()
            raise KeyboardInterrupt
        self.assertEqual((Job.objects.count(), self.messages_of(job)), (0, []))


_ENQUEUE = """
import time, django
django.setup()
from django.db import transaction
from keyvault.jobs.registry import handles
from keyvault.jobs.services import enqueue
handles("tests.work")(lambda **arguments: None)
start = time.monotonic()
with transaction.atomic():
    job = enqueue("tests.work", arguments={"n": 1}, author=None)
print(job.pk, time.monotonic() - start)
"""


class LostBrokerTests(TransactionTestCase):
    def enqueued_with(self, redis_url: str) -> float:
        """Seconds that the change took; the row is there."""
        environment = {**os.environ, "REDIS_URL": redis_url}
        ran = subprocess.run(
            [sys.executable, "-c", _ENQUEUE], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        key, seconds = ran.stdout.split()
        self.assertEqual(Job.objects.get(pk=key).state, State.QUEUED)
        self.assertIn("waits for the sweep", ran.stderr)
        return float(seconds)

    def test_broker_that_is_down_costs_a_moment_and_no_work(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        self.assertLess(self.enqueued_with(f"redis://127.0.0.1:{port}/0"), 2)

    def test_broker_that_accepts_and_says_nothing_costs_seconds_and_no_work(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assertLess(self.enqueued_with(f"redis://127.0.0.1:{silent.getsockname()[1]}/0"), 8)
