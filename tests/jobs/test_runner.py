"""Doing the work: once, as the author is today, again after a failure, and to an end that is written down."""

import datetime as dt
import threading
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from keyvault.actor import Actor, ActorType
from keyvault.errors import Conflict, NotAllowed
from keyvault.jobs.models import Job, State
from keyvault.jobs.runner import ATTEMPTS, BACK_OFF, run, sweep
from keyvault.jobs.services import enqueue
from tests.jobs.scene import ADAM, authors_are, doing, endings, no_events, outlive_lease, queued, ripen, still_adam
from tests.log import events_of_this_test

CANARY = "sk_live_canary"


class Worker:
    """A handler that remembers what it was asked, and raises what it is given."""

    def __init__(self, *errors: BaseException) -> None:
        self.asked: list[tuple[Actor, dict[str, Any]]] = []
        self.errors = list(errors)

    def __call__(self, *, actor: Actor, **arguments: Any) -> None:
        self.asked.append((actor, arguments))
        if self.errors:
            raise self.errors.pop(0)


class RunTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(authors_are(still_adam))

    def test_handler_gets_its_arguments_and_the_author_as_he_is_today(self) -> None:
        worker = Worker()
        with doing(worker):
            job = queued(secret_id="x", days=7)
            run(job.pk)
        self.assertEqual(worker.asked, [(ADAM, {"secret_id": "x", "days": 7})])
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, job.lease_until, job.last_error), (State.DONE, 1, None, ""))
        self.assertEqual(endings(job), [])
        assert job.started_at is not None
        assert job.finished_at is not None
        self.assertLessEqual(job.started_at, job.finished_at)

    def test_run_twice_is_done_once(self) -> None:
        worker = Worker()
        with doing(worker):
            job = queued()
            run(job.pk)
            run(job.pk)
            sweep()
        self.assertEqual(len(worker.asked), 1)

    def test_job_of_the_system_asks_nobody_who_its_author_is(self) -> None:
        worker = Worker()
        with doing(worker), authors_are(lambda author: None):
            run(queued(author=None).pk)
        self.assertEqual([actor.type for actor, _ in worker.asked], [ActorType.SYSTEM])

    def test_waiting_job_is_not_run_before_its_time(self) -> None:
        worker = Worker()
        with doing(worker):
            job = enqueue("tests.work", arguments={}, author=ADAM, run_after=timezone.now() + dt.timedelta(days=7))
            run(job.pk)
            sweep()
            self.assertEqual(worker.asked, [])
            ripen(job)
            sweep()
        self.assertEqual(len(worker.asked), 1)

    def test_job_that_does_not_exist_is_no_work(self) -> None:
        run(uuid4())


class LateTests(TestCase):
    """The right is looked up when the job runs, not when it was asked for."""

    def test_author_who_left_is_refused_with_an_event_and_nothing_is_done(self) -> None:
        worker = Worker()
        with doing(worker), authors_are(lambda author: None):
            job = queued()
            run(job.pk)
            sweep()
        job.refresh_from_db()
        self.assertEqual((job.state, worker.asked), (State.REFUSED, []))
        self.assertEqual(endings(job), [("denied", "The author may not act in this organization any more.")])

    def test_author_who_lost_the_right_is_refused_with_an_event(self) -> None:
        worker = Worker(NotAllowed("Viewers do not purge secrets."))
        with doing(worker), authors_are(still_adam):
            job = queued()
            run(job.pk)
            sweep()
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), (State.REFUSED, 1))
        self.assertEqual(endings(job), [("denied", "Viewers do not purge secrets.")])

    def test_event_of_a_refusal_names_author_organization_request_and_kind(self) -> None:
        with doing(Worker()), authors_are(lambda author: None):
            job = queued()
            run(job.pk)
        event = events_of_this_test().get(action="job:run")
        self.assertEqual((event.actor_id, event.org_id, event.address), (ADAM.id, ADAM.org_id, "203.0.113.9"))
        self.assertEqual(event.request_id, ADAM.origin.request_id)
        self.assertEqual(event.document["about"], {"id": str(job.pk), "name": "tests.work"})


class FailureTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(authors_are(still_adam))

    def test_failure_is_tried_again_after_a_growing_wait(self) -> None:
        worker = Worker(*[Conflict("The secret is busy.") for _ in BACK_OFF])
        with doing(worker), self.assertLogs("keyvault.jobs.runner", "ERROR"):
            job = queued()
            for attempt, wait in enumerate(BACK_OFF, start=1):
                before = timezone.now()
                run(job.pk)
                job.refresh_from_db()
                self.assertEqual((job.state, job.attempts), (State.QUEUED, attempt))
                self.assertEqual(job.last_error, "The secret is busy.")
                self.assertAlmostEqual(job.run_after - before, wait, delta=dt.timedelta(seconds=5))
                ripen(job)
            run(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, job.last_error), (State.DONE, ATTEMPTS, ""))
        self.assertEqual(endings(job), [])

    def test_after_the_last_attempt_it_has_failed_with_an_event(self) -> None:
        worker = Worker(*[Conflict("The secret is busy.") for _ in range(ATTEMPTS)])
        with doing(worker), self.assertLogs("keyvault.jobs.runner", "ERROR"):
            job = queued()
            for _ in range(ATTEMPTS + 2):
                run(job.pk)
                ripen(job)
        job.refresh_from_db()
        self.assertEqual((job.state, len(worker.asked)), (State.FAILED, ATTEMPTS))
        self.assertEqual(endings(job), [("error", "The secret is busy.")])

    def test_text_of_an_unexpected_exception_is_kept_nowhere(self) -> None:
        worker = Worker(*[ValueError(CANARY) for _ in range(ATTEMPTS)])
        with doing(worker), self.assertLogs("keyvault.jobs.runner", "ERROR") as lines:
            job = queued()
            for _ in range(ATTEMPTS):
                run(job.pk)
                ripen(job)
        job.refresh_from_db()
        self.assertEqual(job.last_error, "It stopped at an unexpected ValueError.")
        self.assertEqual(endings(job), [("error", "It stopped at an unexpected ValueError.")])
        self.assertIn("ValueError at __call__:", lines.output[0])
        self.assertNotIn(CANARY, "".join(lines.output))
        self.assertTrue(all(record.exc_info is None for record in lines.records))

    def test_kind_of_a_newer_release_waits_for_its_worker(self) -> None:
        with doing(Worker()):
            job = queued()
        with self.assertLogs("keyvault.jobs.runner", "ERROR"):
            run(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts), (State.QUEUED, 1))

    def test_without_its_event_a_job_does_not_end(self) -> None:
        """The lease brings it back."""
        with doing(Worker(NotAllowed("No."))):
            job = queued()
            with no_events(), self.assertRaises(LookupError):
                run(job.pk)
            job.refresh_from_db()
            self.assertEqual(job.state, State.RUNNING)
            outlive_lease(job)
        with doing(Worker(NotAllowed("No."))):
            sweep()
        self.assertEqual(endings(job), [("denied", "No.")])


class LeaseTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(authors_are(still_adam))

    def killed(self) -> Job:
        """A job whose worker died in the middle of it."""
        with doing(Worker(KeyboardInterrupt())):
            job = queued()
            with self.assertRaises(KeyboardInterrupt):
                run(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.state, State.RUNNING)
        return job

    def test_job_of_a_killed_worker_is_swept_up_after_its_lease(self) -> None:
        job, worker = self.killed(), Worker()
        with doing(worker):
            self.assertEqual(sweep(), 0)
            run(job.pk)
            self.assertEqual(worker.asked, [])
            outlive_lease(job)
            self.assertEqual(sweep(), 1)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, len(worker.asked)), (State.DONE, 2, 1))

    def test_job_that_kills_every_worker_fails_with_an_event(self) -> None:
        job = self.killed()
        Job.objects.filter(pk=job.pk).update(attempts=ATTEMPTS)
        outlive_lease(job)
        worker = Worker()
        with doing(worker):
            sweep()
        job.refresh_from_db()
        self.assertEqual((job.state, worker.asked), (State.FAILED, []))
        self.assertEqual(endings(job), [("error", "The worker died at every attempt.")])

    def test_slow_worker_does_not_overwrite_the_end_that_another_one_wrote(self) -> None:
        job_id: list[UUID] = []

        def slow(*, actor: Actor) -> None:
            outlive_lease(Job.objects.get(pk=job_id[0]))
            with doing(Worker()):
                sweep()
            raise Conflict("Too late.")

        with doing(slow), self.assertLogs("keyvault.jobs.runner", "ERROR"):
            job = queued()
            job_id.append(job.pk)
            run(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, job.last_error), (State.DONE, 2, ""))


class SweepTests(TestCase):
    def test_all_that_is_due_is_done_oldest_first(self) -> None:
        worker = Worker()
        with doing(worker), authors_are(still_adam):
            for n in range(5):
                queued(n=n)
            self.assertEqual(sweep(), 5)
            self.assertEqual(sweep(), 0)
        self.assertEqual([arguments["n"] for _, arguments in worker.asked], [0, 1, 2, 3, 4])

    def test_one_jobs_fault_is_not_the_next_ones(self) -> None:
        worker = Worker(ValueError("x"))
        with doing(worker), authors_are(still_adam), self.assertLogs("keyvault.jobs.runner", "ERROR"):
            first, second = queued(), queued()
            sweep()
        first.refresh_from_db()
        second.refresh_from_db()
        self.assertEqual((first.state, second.state), (State.QUEUED, State.DONE))


class RaceTests(TransactionTestCase):
    def test_of_many_workers_one_does_the_job(self) -> None:
        done, start = [], threading.Barrier(6)

        def work(*, actor: Actor) -> None:
            done.append(actor)

        def one() -> None:
            start.wait()
            try:
                run(job.pk)
            finally:
                connection.close()

        with doing(work), authors_are(still_adam):
            job = queued()
            threads = [threading.Thread(target=one) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(done, [ADAM])


class ConstraintTests(TestCase):
    def assertRefusedBy(self, constraint: str, **changes: Any) -> None:
        with doing(Worker()):
            job = queued()
        with self.subTest(constraint), self.assertRaisesMessage(IntegrityError, constraint), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(**changes)

    def test_database_refuses_what_must_not_be(self) -> None:
        now = timezone.now()
        self.assertRefusedBy("job_state_is_known", state="lost")
        self.assertRefusedBy("job_has_an_author", author_type=ActorType.ANONYMOUS)
        self.assertRefusedBy("job_has_a_lease_while_it_runs", state=State.RUNNING)
        self.assertRefusedBy("job_has_a_lease_while_it_runs", lease_until=now)
        self.assertRefusedBy("job_has_an_end_once_it_ended", state=State.DONE)
        self.assertRefusedBy("job_has_an_end_once_it_ended", finished_at=now)
