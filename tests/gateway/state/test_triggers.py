"""Every column that the state loads has a trigger that tells of its change."""

import re

from django.db import connection
from django.test import TestCase

from gateway.state import selecting
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


class TriggerTests(TestCase):
    def test_each_column_that_is_loaded_of_a_token_is_listened_to(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(HEARD)
            heard = set(cursor.fetchall())
        loaded = {(TABLES[table], column) for table, column in re.findall(r"\b([omuipet])\.(\w+) AS", selecting.TOKENS)}
        self.assertGreater(len(loaded), len(FIELDS) // 2)
        self.assertEqual(loaded - heard - FOR_GOOD, set())
