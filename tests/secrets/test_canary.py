"""A value that went through every act is found nowhere but in its envelope: no row, no log line, no exception."""

import logging
from collections.abc import Callable

from django.db import connection

from keyvault.errors import KeyVaultError
from keyvault.secrets import exposure
from keyvault.secrets.models import SecretVersion
from keyvault.secrets.services.exporting import export_environment
from keyvault.secrets.services.importing import apply_import, preview_import
from keyvault.secrets.services.moving import copy_secret, move_secret
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.services.revealing import reveal_environment, reveal_secret
from keyvault.secrets.services.storing import create_secret, rotate_secret
from keyvault.secrets.values import LIMIT, Value
from tests.secrets.scene import KeysTransactionTestCase

CANARY = "canary-7f3e9b1c5d"


class CanaryTests(KeysTransactionTestCase):
    def test_it_is_nowhere(self) -> None:
        with self.assertLogs("keyvault.events") as events, self.assertLogs(level=logging.DEBUG) as others:
            logging.getLogger().info("one line at least")
            told = self.live_a_life()
        exposure.flush()
        for text in (*events.output, *others.output, *told, *self.rows()):
            self.assertNotIn(CANARY, text)
            self.assertNotIn(CANARY.encode().hex(), text)

    def live_a_life(self) -> list[str]:
        """What was raised on the way."""
        secret = self.stored("A", CANARY)
        told = [
            *self.raised(lambda: self.stored("A", CANARY)),
            *self.raised(lambda: Value.text(CANARY * LIMIT)),
            *self.raised(lambda: Value.base64(CANARY)),
            *self.raised(lambda: Value.fields({f"\0{CANARY}": CANARY})),
            *self.raised(
                lambda: rotate_secret(actor=self.owner(), secret=secret, value=Value.text(CANARY), expected_version=9)
            ),
            *self.raised(
                lambda: create_secret(
                    actor=self.actor(self.vera), environment=self.development, name="X", value=Value.text(CANARY)
                )
            ),
        ]
        reveal_secret(actor=self.owner(), secret=secret)
        reveal_environment(actor=self.owner(), environment=self.development)
        content = f"B='{CANARY}'\nC={CANARY}'\nC\n{CANARY}\nD={CANARY}\nD={CANARY}\nA={CANARY}\n"
        told.append(repr(preview_import(actor=self.owner(), environment=self.development, content=content)))
        told.append(repr(apply_import(actor=self.owner(), environment=self.development, content=content)))
        told.append(repr(export_environment(actor=self.owner(), environment=self.development, format="yaml")))
        self.stored("LINES", f"{CANARY}\n{CANARY}")
        told += self.raised(
            lambda: export_environment(actor=self.owner(), environment=self.development, format="docker")
        )
        copy_secret(actor=self.owner(), secret=secret, to=self.staging)
        move_secret(actor=self.owner(), secret=secret, to=self.staging, name="MOVED")
        broken = self.stored("BROKEN", CANARY)
        SecretVersion.objects.filter(secret=broken).update(envelope=b"KV\x01\x02" + bytes(99))
        told += self.raised(lambda: reveal_secret(actor=self.owner(), secret=broken))
        delete_secret(actor=self.owner(), secret=broken)
        return told

    def raised(self, act: Callable[[], object]) -> list[str]:
        with self.assertRaises(KeyVaultError) as caught:
            act()
        refused = caught.exception
        return [f"{refused!r} {refused.detail} {refused.remedy} {refused.extra} {refused.__cause__!r}"]

    def rows(self) -> list[str]:
        """Every row of every table, as text."""
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            found: list[str] = []
            for table in tables:
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                found += [row for (row,) in cursor.fetchall()]
        return found
