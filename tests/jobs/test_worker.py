"""The same with a real Celery worker, which is killed, and a broker that loses what it was told."""

import base64
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.test import TransactionTestCase

import tests.jobs.handlers  # noqa: F401  the kinds that are asked for here
from keyvault.jobs import tasks
from keyvault.jobs.models import Job, State
from keyvault.jobs.nudges import nudge
from keyvault.jobs.services import enqueue
from tests.jobs.scene import outlive_lease

CODE = Path(__file__).resolve().parents[2]
OPTIONS = (
    "--concurrency=1",
    "--loglevel=INFO",
    "--include=tests.jobs.handlers",
    "--without-heartbeat",
    "--without-gossip",
    "--without-mingle",
)


def own_broker() -> str:
    """A database of Redis for this process of a parallel run: a worker must not read the others' messages."""
    number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 15
    return urlunsplit(urlsplit(str(settings.REDIS_URL))._replace(path=f"/{number}"))


class Intruder:
    """Were it unpickled, it would leave a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.slow
class WorkerTests(TransactionTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.redis = redis.Redis.from_url(own_broker())
        self.redis.flushdb()
        self.addCleanup(self.redis.close)
        self.addCleanup(current_app.conf.update, broker_write_url=current_app.conf.broker_write_url)
        current_app.conf.update(broker_write_url=own_broker())

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "keyvault.celery", "worker", *OPTIONS, *options],
                cwd=CODE,
                env={**os.environ, "REDIS_URL": own_broker()},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.addCleanup(self.kill, worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()

    def wait_for(self, name: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not (self.folder / name).exists():
            self.assertLess(time.monotonic(), deadline, (self.folder / "worker.log").read_text())
            time.sleep(0.1)

    def wait_until(self, job: Job, state: State) -> None:
        deadline = time.monotonic() + 40
        while job.state != state:
            self.assertLess(time.monotonic(), deadline, f"{job} {job.last_error}")
            time.sleep(0.1)
            job.refresh_from_db()

    def test_nudge_brings_the_job_to_a_worker(self) -> None:
        self.start()
        job = enqueue("tests.note", arguments={"folder": str(self.folder)}, author=None)
        self.wait_for("done")
        self.wait_until(job, State.DONE)
        self.assertEqual((self.folder / "done").read_text(), "job tests.note")

    def test_job_whose_nudge_was_lost_is_found_by_the_sweep_of_beat(self) -> None:
        job = enqueue("tests.note", arguments={"folder": str(self.folder)}, author=None)
        self.redis.flushdb()
        self.start("--beat", f"--schedule={self.folder / 'beat'}")
        self.wait_for("done")
        self.wait_until(job, State.DONE)

    def test_job_of_a_killed_worker_is_done_by_the_next(self) -> None:
        worker = self.start()
        job = enqueue("tests.stall", arguments={"folder": str(self.folder)}, author=None)
        self.wait_for("began")
        self.kill(worker)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), (State.RUNNING, 1))
        self.redis.flushdb()
        outlive_lease(job)
        self.start()
        with current_app.connection_for_write() as broker, broker.Producer() as producer:
            tasks.sweep.apply_async(producer=producer)
        self.wait_for("done")
        self.wait_until(job, State.DONE)
        self.assertEqual(job.attempts, 2)

    def test_message_repeated_a_hundred_times_is_one_piece_of_work(self) -> None:
        self.start()
        job = enqueue("tests.note", arguments={"folder": str(self.folder)}, author=None)
        for _ in range(100):
            nudge(job.pk)
        self.wait_until(job, State.DONE)
        deadline = time.monotonic() + 20
        while self.redis.llen("celery") and time.monotonic() < deadline:
            time.sleep(0.1)
        job.refresh_from_db()
        self.assertEqual(job.attempts, 1)

    def test_pickles_are_refused_unopened(self) -> None:
        self.start()
        job = enqueue("tests.note", arguments={"folder": str(self.folder)}, author=None)
        self.wait_until(job, State.DONE)
        self.redis.lpush("celery", self.pickled(Intruder(self.folder / "intruder")))
        after = enqueue("tests.note", arguments={"folder": str(self.folder)}, author=None)
        self.wait_until(after, State.DONE)
        self.assertFalse((self.folder / "intruder").exists())
        self.assertIn("pickle", (self.folder / "worker.log").read_text())

    def pickled(self, cargo: object) -> str:
        """A message as kombu writes it, but for its content type."""
        body = base64.b64encode(pickle.dumps(((cargo,), {}, {}))).decode()
        key = str(uuid4())
        delivery = {"exchange": "", "routing_key": "celery"}
        properties = {"body_encoding": "base64", "delivery_tag": key, "delivery_mode": 2, "delivery_info": delivery}
        headers = {"lang": "py", "task": "keyvault.jobs.tasks.run", "id": key, "root_id": key}
        return json.dumps(
            {
                "body": body,
                "content-type": "application/x-python-serialize",
                "content-encoding": "binary",
                "headers": headers,
                "properties": properties,
            }
        )
