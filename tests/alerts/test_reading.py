"""No event is passed over, whatever commits when; none counts twice, whoever reads it how often."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from django.db import connection, transaction

from alerts.models import Alert, Sighting, Watch
from alerts.watching import evaluating, reading
from alerts.watching.evaluating import watch
from audit.services import Outcome, record
from keyvault.actor import anonymous
from keyvault.target import Target
from tests.alerts.scene import ELSEWHERE, AlertsTestCase


class ReadingTests(AlertsTestCase):
    def fail_to_sign_in(self, times: int = 1) -> None:
        on = Target(org=self.acme.ref, about=self.dev.ref)
        for _ in range(times):
            record("person:sign-in", actor=anonymous(ELSEWHERE), on=on, outcome=Outcome.DENIED, reason="wrong-password")

    def sightings(self) -> int:
        return Sighting.objects.filter(org=self.acme, kind="failed-sign-ins").count()

    def test_an_event_that_commits_below_others_is_found(self) -> None:
        written, may_commit = threading.Event(), threading.Event()

        def commit_late() -> None:
            try:
                with transaction.atomic():
                    self.fail_to_sign_in()
                    written.set()
                    may_commit.wait(30)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(commit_late)
            written.wait(30)
            self.fail_to_sign_in()  # its id is higher, and it is committed first
            watch()
            watch()
            self.assertEqual(self.sightings(), 1)
            may_commit.set()
            late.result(30)
        watch()
        self.assertEqual(self.sightings(), 2)

    def test_an_event_written_behind_a_savepoint_of_a_late_transaction_is_found(self) -> None:
        written, may_commit = threading.Event(), threading.Event()

        def commit_late() -> None:
            try:
                with transaction.atomic():
                    with transaction.atomic():
                        self.fail_to_sign_in()
                    written.set()
                    may_commit.wait(30)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(commit_late)
            written.wait(30)
            self.fail_to_sign_in()
            watch()
            watch()
            may_commit.set()
            late.result(30)
        watch()
        self.assertEqual(self.sightings(), 2)

    def test_a_long_backlog_is_read_in_batches(self) -> None:
        with mock.patch.object(reading, "BATCH", 4), mock.patch.object(evaluating, "BATCH", 4):
            self.fail_to_sign_in(10)
            self.assertGreaterEqual(watch(), 10)
        self.assertEqual(self.sightings(), 10)
        self.assertEqual(self.alert("failed-sign-ins").count, 10)

    def test_what_is_read_twice_counts_once(self) -> None:
        self.fail_to_sign_in(7)
        watch()
        Watch.objects.update(seen_below=0)
        watch()
        self.assertEqual((self.sightings(), self.alert("failed-sign-ins").count), (7, 7))

    def test_two_evaluators_at_once_raise_one_alert(self) -> None:
        self.fail_to_sign_in(12)

        def look() -> int:
            try:
                return watch()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: look(), range(8)))
        watch()
        self.assertEqual(Alert.objects.filter(org=self.acme, kind="failed-sign-ins").count(), 1)
        self.assertEqual(self.alert("failed-sign-ins").count, 12)
        self.deliver()
        self.assertEqual(len(self.hooked("failed-sign-ins")), 1)

    def test_a_look_that_dies_leaves_everything_to_the_next(self) -> None:
        self.fail_to_sign_in(6)
        with mock.patch.object(evaluating, "_evaluate", side_effect=SystemExit), self.assertRaises(SystemExit):
            watch()
        self.assertEqual(self.sightings(), 0)
        watch()
        self.assertEqual(self.alert("failed-sign-ins").count, 6)

    def test_a_rule_that_stumbles_silences_no_other(self) -> None:
        self.fail_to_sign_in(6)
        stumbling = mock.patch.object(evaluating, "new_places", side_effect=ZeroDivisionError("a value"))
        with stumbling, self.assertLogs("alerts.watching.evaluating", "ERROR") as logged:
            watch()
        self.assertEqual(self.alert("failed-sign-ins").count, 6)
        self.assertNotIn("a value", "".join(logged.output))

    def test_numbers_of_another_cluster_are_not_believed(self) -> None:
        Watch.objects.update(seen_below=1 << 60)
        self.fail_to_sign_in(6)
        watch()
        self.assertEqual(self.alert("failed-sign-ins").count, 6)
