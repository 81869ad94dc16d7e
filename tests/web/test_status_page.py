"""Anybody may see how the installation is, and learns nothing else of it; asking costs the database nothing."""

import datetime as dt
from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateway.models import Worker
from keyvault import health, status
from keyvault.jobs.models import Job
from keyvault.jobs.services import enqueue
from tests.cast import CastTransactionTestCase
from tests.web.scene import browser


class StatusTests(CastTransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        status._latest.forget()
        health._latest.forget()
        self.worker = Worker.objects.create(name="secret-host:1", lease_until=timezone.now() + dt.timedelta(seconds=60))

    def test_it_says_what_works_and_names_nothing(self) -> None:
        page = self.page()
        self.assertGreaterEqual(page.count('data-tone="ok"'), 3)  # how the log stands is left from other tests
        for inside in ("secret-host", "127.0.0.1", "postgres", "acme"):
            self.assertNotIn(inside, page)

    def test_a_gateway_without_a_worker_does_not_work(self) -> None:
        Worker.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
        self.assertIn("Does not work", self.page())

    def test_jobs_that_nobody_does_are_late(self) -> None:
        enqueue("sweeps.tell-of-review", arguments={}, author=None)
        Job.objects.update(run_after=timezone.now() - dt.timedelta(hours=1))
        self.assertIn("Late", self.page())

    def test_many_who_ask_cost_one_look(self) -> None:
        self.page()
        with CaptureQueriesContext(connection) as asked:
            for _ in range(5):
                self.page()
        self.assertEqual(len(asked), 0)

    def test_where_the_site_does_not_work_it_is_503(self) -> None:
        checks = {**health.CHECKS, "key ring": lambda: ["No root key of /etc/keyvault is held"]}
        with patch.object(health, "CHECKS", checks):
            answer = browser().get("/status")
        self.assertContains(answer, "cannot do its work", status_code=503)
        self.assertNotContains(answer, "/etc/keyvault", status_code=503)
        status._latest.forget()

    def page(self) -> str:
        return browser().get("/status").content.decode()
