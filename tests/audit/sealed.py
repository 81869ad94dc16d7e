"""A database of its own for each test of the sealer, and a sealer's folder: what is sealed can never be taken back."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from audit.sealing.sealer import Look, look, seal_all
from audit.services import Receipt, record
from keyvault.embedded.credentials import Credentials
from keyvault.keyring import ring
from keyvault.owner import database_sealer
from keyvault.target import Ref
from tests.audit.scene import person, stripe
from tests.databases import fresh_database

ACME = Ref(UUID("01990000-0000-7000-8000-00000000ac3e"), "Acme")
EVIL = Ref(UUID("01990000-0000-7000-8000-0000000e0e11"), "Evil Corp")


class SealedTestCase(TransactionTestCase):
    """Nothing is flushed: the database goes with the test."""

    def run(self, result: Any = None) -> Any:
        worker = f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_sealed"
        with fresh_database(worker), tempfile.TemporaryDirectory() as folder:
            ring.forget()
            self.place = Path(folder)
            self.folder = self.place / "sealer"
            self.before = self.count("SELECT count(*) FROM audit_event")
            with self.settings(KEYVAULT_SEALER_DIR=self.folder, KEYVAULT_URL="https://keys.example.com"):
                return super().run(result)

    def _fixture_teardown(self) -> None:
        connection.close()

    def happen(self, count: int = 1, org: Ref | None = ACME, **facts: Any) -> list[Receipt]:
        """So many events of the organization, or of the installation."""
        on = replace(stripe(), org=org)
        return [record("secret:reveal", actor=person(), on=on, **facts) for _ in range(count)]

    def seal(self) -> Look:
        with database_sealer():
            return seal_all(self.folder)

    def look(self, **how: Any) -> Look:
        with database_sealer():
            return look(self.folder, **how)

    def rows(self, query: str, *values: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def count(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]


@contextmanager
def superuser() -> Iterator[psycopg.Connection]:
    """Who may do everything, with the triggers of the log switched off; on a server that is not ours the owner."""
    credentials = Credentials.read(Path(settings.DATA_DIR)) if settings.EMBEDDED else None
    url = os.environ["KEYVAULT_OWNER_DATABASE_URL"]
    account: dict[str, Any] = {"user": "postgres", "password": credentials.superuser} if credentials else {}
    with closing(psycopg.connect(url, autocommit=True, connect_timeout=5, **account)) as database:
        for table in ("audit_event", "audit_leaf", "audit_tile", "audit_checkpoint"):
            database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        yield database


def some_id() -> UUID:
    return uuid4()
