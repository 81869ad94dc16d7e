"""Migrations run as the database's owner; the connection is the app's again afterwards."""

from django.db import connection
from django.test import TransactionTestCase, override_settings

from keyvault.owner import database_owner


def current_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (name,) = cursor.fetchone()
    return str(name)


class OwnerTests(TransactionTestCase):
    def test_inside_the_connection_is_the_owners_and_afterwards_the_apps(self) -> None:
        before = current_user()
        with database_owner():
            inside = current_user()
        self.assertNotEqual(inside, before)
        self.assertEqual(current_user(), before)

    def test_after_an_error_it_is_the_apps_again(self) -> None:
        before = current_user()
        with self.assertRaises(ZeroDivisionError), database_owner():
            _ = 1 / 0
        self.assertEqual(current_user(), before)

    @override_settings(OWNER_DATABASE_URL="")
    def test_without_an_owner_nothing_changes(self) -> None:
        before = current_user()
        with database_owner():
            self.assertEqual(current_user(), before)
