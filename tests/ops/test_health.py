"""`/healthz` and `/readyz`: what each answers when something is missing, without sign-in and without secrets."""

import json
import threading
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, SimpleTestCase, TransactionTestCase, override_settings

from keyvault import health
from keyvault.latest import Latest
from keyvault.processes.ports import free_port


def ask(path: str) -> tuple[int, Any]:
    health._latest.forget()
    answer = Client().get(path)
    return answer.status_code, json.loads(answer.content)


class ReadyTests(TransactionTestCase):
    def test_ready_when_everything_holds(self) -> None:
        status, answer = ask("/readyz")
        self.assertEqual(status, 200)
        self.assertEqual(answer["status"], "ready")
        expected = {"database", "installation", "redis", "migrations", "audit partitions", "key ring"}
        self.assertEqual(set(answer["checks"]), expected)
        self.assertFalse(any(answer["checks"].values()))

    def test_what_an_operator_should_do_does_not_make_it_unready(self) -> None:
        status, answer = ask("/readyz")
        self.assertEqual(status, 200)
        self.assertIn("recovery-confirm", " ".join(answer["notices"]))

    def test_redis_away(self) -> None:
        secret = f"redis://:hidden-password@127.0.0.1:{free_port()}/0"
        with override_settings(REDIS_URL=secret):
            status, answer = ask("/readyz")
        self.assertEqual(status, 503)
        self.assertEqual(answer["checks"]["redis"], ["It does not answer (ConnectionError)"])
        self.assertNotIn("hidden-password", json.dumps(answer))
        self.assertEqual(answer["checks"]["database"], [])

    def test_database_away(self) -> None:
        port = connection.settings_dict["PORT"]
        connection.close()
        try:
            connection.settings_dict["PORT"] = free_port()
            status, answer = ask("/readyz")
        finally:
            connection.settings_dict["PORT"] = port
        self.assertEqual(status, 503)
        for name in ("database", "migrations", "audit partitions", "key ring"):
            self.assertEqual(answer["checks"][name], ["It does not answer (OperationalError)"])
        self.assertEqual(answer["checks"]["redis"], [])

    def test_migration_not_applied(self) -> None:
        recorder = MigrationRecorder(connection)
        (latest,) = MigrationLoader(connection).graph.leaf_nodes("tokens")
        recorder.record_unapplied(*latest)
        try:
            status, answer = ask("/readyz")
        finally:
            recorder.record_applied(*latest)
        self.assertEqual(status, 503)
        self.assertRegex(answer["checks"]["migrations"][0], r"^\d+ migrations are not applied: run manage.py migrate$")

    def test_root_key_missing(self) -> None:
        with override_settings(KEYVAULT_ROOT_KEYS=[], KEYVAULT_GATEWAY_ROOT_KEYS=[]):
            status, answer = ask("/readyz")
        self.assertEqual(status, 503)
        self.assertEqual(answer["checks"]["key ring"], ["KEYVAULT_ROOT_KEYS names no root key"])

    def test_audit_log_about_to_run_out_of_months(self) -> None:
        with patch.object(health, "months_ahead", return_value=2):
            status, answer = ask("/readyz")
        self.assertEqual(status, 503)
        self.assertEqual(answer["checks"]["audit partitions"], ["The audit log has room for 2 more months only"])


class PatienceTests(SimpleTestCase):
    databases = {"default"}

    def test_a_check_that_hangs_holds_up_nobody(self) -> None:
        hangs = threading.Event()
        checks = {**health.CHECKS, "redis": lambda: [str(hangs.wait(10))]}
        try:
            with patch.object(health, "CHECKS", checks), patch.object(health, "_PATIENCE", 1.0):
                self.assertEqual(health.look()["redis"], ["No answer within 1 seconds"])
        finally:
            hangs.set()

    def test_many_who_ask_at_once_cost_one_look(self) -> None:
        looks: list[int] = []
        answer = Latest(lambda: looks.append(1), 60)
        threads = [threading.Thread(target=answer.current) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(looks), 1)


class AliveTests(SimpleTestCase):
    def test_alive_needs_no_database(self) -> None:
        self.assertEqual(ask("/healthz"), (200, {"status": "alive"}))

    def test_neither_is_kept_by_a_cache_nor_changed_by_a_post(self) -> None:
        self.assertIn("no-store", Client().get("/healthz").headers["Cache-Control"])
        self.assertEqual(Client().post("/healthz").status_code, 405)

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_a_probe_beside_the_server_needs_no_tls(self) -> None:
        self.assertEqual(Client().get("/healthz").status_code, 200)
