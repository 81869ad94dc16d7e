"""Every column that the state loads has a trigger that tells of its change."""

import re

from django.db import connection

from gateway.models import Change
from gateway.state import selecting
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.tokens.scene import TokenTestCase
from tokens.rows import FIELDS

TABLES = {
    "o": "orgs_organization", "m": "orgs_membership", "u": "accounts_user", "i": "tokens_serviceidentity",
    "p": "secrets_project", "e": "secrets_environment", "t": "tokens_accesstoken",
}  # fmt: skip
FOR_GOOD = {("accounts_user", "id"), ("tokens_accesstoken", "id")}
HEARD = """
SELECT c.relname, a.attname FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(t.tgattr::int2[])
WHERE t.tgname LIKE 'gateway_hears_update%' AND t.tgenabled = 'A'
"""
ALL = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY 1, 2
"""


class TriggerTests(TokenTestCase):
    def test_each_column_that_is_loaded_of_a_token_is_listened_to(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(HEARD)
            heard = set(cursor.fetchall())
        loaded = {(TABLES[table], column) for table, column in re.findall(r"\b([omuipet])\.(\w+) AS", selecting.TOKENS)}
        self.assertGreater(len(loaded), len(FIELDS) // 2)
        self.assertEqual(loaded - heard - FOR_GOOD, set())

    def test_use_and_whatever_else_is_not_loaded_is_no_news(self) -> None:
        self.of_service(project=self.shop, environment=self.development)
        self.may_read(self.dev, self.development)
        create_secret(actor=self.actor(self.olivia), environment=self.development, name="KEY", value=Value.text("x"))
        silent = 0
        with connection.cursor() as cursor:
            cursor.execute(HEARD)
            heard = set(cursor.fetchall())
            cursor.execute(ALL, [sorted({table for table, _ in heard})])
            for table, column in cursor.fetchall():
                before = Change.objects.count()
                cursor.execute(f'UPDATE {table} SET "{column}" = "{column}"')
                told, silent = Change.objects.count() > before, silent + cursor.rowcount
                if (table, column) not in heard:
                    self.assertFalse(told, f"{table}.{column}")
        self.assertGreater(silent, 60, "rows were there to be changed")
