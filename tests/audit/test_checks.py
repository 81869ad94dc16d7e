"""What `manage.py check --database default` says of the log's fences."""

from typing import Any

from django.core.checks import run_checks
from django.db import connection
from django.test import TestCase, override_settings

from audit import checks
from tests.audit.scene import app_role, owner, owner_role


def found(**options: Any) -> list[str]:
    """The identifiers of what the database checks say of the log."""
    messages = run_checks(tags=["database"], databases=["default"], **options)
    return [str(message.id) for message in messages if str(message.id).startswith("audit.")]


class CheckTests(TestCase):
    def test_app_role_of_its_own_passes(self) -> None:
        with override_settings(EMBEDDED=False):
            self.assertEqual(found(), [])

    def test_owner_as_app_role_is_an_error_in_production(self) -> None:
        with override_settings(APP_DATABASE_ROLE=owner_role(), EMBEDDED=False):
            (message,) = checks.check_app_role(None, ["default"])
        self.assertEqual((message.id, message.is_serious()), ("audit.E001", True))

    def test_superuser_as_app_role_is_an_error_in_production(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(rolname) FROM pg_roles WHERE rolsuper")
            (superuser,) = cursor.fetchone()
        with override_settings(APP_DATABASE_ROLE=superuser, EMBEDDED=False):
            self.assertEqual(found(), ["audit.E001"])

    def test_on_the_embedded_server_it_is_a_warning(self) -> None:
        with override_settings(APP_DATABASE_ROLE=owner_role(), EMBEDDED=True):
            (message,) = checks.check_app_role(None, ["default"])
        self.assertFalse(message.is_serious())

    def test_right_to_change_events_is_an_error(self) -> None:
        for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"):
            with self.subTest(right), owner(autocommit=True) as database:
                database.execute(f"GRANT {right} ON audit_event TO {app_role()}".encode())
                try:
                    self.assertEqual(found(), ["audit.E002"])
                finally:
                    database.execute(f"REVOKE {right} ON audit_event FROM {app_role()}".encode())

    def test_right_to_enter_the_partitions_is_an_error(self) -> None:
        with owner(autocommit=True) as database:
            database.execute(f"GRANT USAGE ON SCHEMA audit_parts TO {app_role()}".encode())
            try:
                self.assertEqual(found(), ["audit.E002"])
            finally:
                database.execute(f"REVOKE USAGE ON SCHEMA audit_parts FROM {app_role()}".encode())

    def test_switched_off_trigger_is_an_error(self) -> None:
        with owner(autocommit=True) as database:
            database.execute("ALTER TABLE audit_event DISABLE TRIGGER never_truncated")
            try:
                self.assertEqual(found(), ["audit.E003"])
            finally:
                database.execute("ALTER TABLE audit_event ENABLE ALWAYS TRIGGER never_truncated")

    def test_database_is_asked_only_when_named(self) -> None:
        with self.assertNumQueries(0):
            self.assertEqual(checks.check_app_role(None) + checks.check_triggers(None), [])
