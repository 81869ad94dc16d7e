"""A database of its own for each test of the sealer, and a sealer's folder: what is sealed can never be taken back."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings

from audit.models import Event
from audit.sealing.sealer import Look, look, seal_all
from audit.services import Receipt, record
from keyvault.embedded.credentials import Credentials
from keyvault.keyring import ring
from keyvault.owner import database_owner, database_sealer
from keyvault.target import Ref
from tests.audit.scene import person, stripe
from tests.databases import fresh_database

HOST = "keys.example.com"
ACME = Ref(UUID("01990000-0000-7000-8000-00000000ac3e"), "Acme")
LOG_TABLES = ("audit_event", "audit_leaf", "audit_tile", "audit_checkpoint")
EVIL = Ref(UUID("01990000-0000-7000-8000-0000000e0e11"), "Evil Corp")


Execute = Callable[..., Any]


class SealedTestCase(TransactionTestCase):
    """Nothing is flushed: the database goes with the test, or with the class where it is ``kept_for_the_class``."""

    kept_for_the_class = False

    place: Path
    folder: Path
    before: int
    _stage: ExitStack | None = None

    @classmethod
    def tearDownClass(cls) -> None:
        cls._strike()
        super().tearDownClass()

    @classmethod
    def _fixture_setup(cls) -> None:
        if cls._stage is None:
            cls._stage = cls._set_stage()

    def _fixture_teardown(self) -> None:
        if not self.kept_for_the_class:
            self._strike()

    @classmethod
    def _strike(cls) -> None:
        if cls._stage is not None:
            cls._stage.close()
            cls._stage = None

    @classmethod
    def _set_stage(cls) -> ExitStack:
        """A database, a sealer's folder that is still missing, and how many events the making of the database left."""
        stage = ExitStack()
        stage.enter_context(fresh_database(f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_sealed"))
        cls.place = Path(stage.enter_context(tempfile.TemporaryDirectory()))
        cls.folder = cls.place / "sealer"
        stage.enter_context(override_settings(KEYVAULT_SEALER_DIR=cls.folder, KEYVAULT_URL=f"https://{HOST}"))
        ring.forget()
        cls.before = Event.objects.count()
        return stage

    def happen(self, count: int = 1, org: Ref | None = ACME, **facts: Any) -> list[Receipt]:
        """So many events of the organization, or of the installation."""
        on = replace(stripe(), org=org)
        return [record("secret:reveal", actor=person(), on=on, **facts) for _ in range(count)]

    @contextmanager
    def sealing(self) -> Iterator[None]:
        with database_sealer():
            yield

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


def superuser_url() -> str:
    """Of whoever may do everything; on a server that is not ours the owner, who may here do as much."""
    url = os.environ["KEYVAULT_OWNER_DATABASE_URL"]
    credentials = Credentials.read(Path(settings.DATA_DIR)) if settings.EMBEDDED else None
    if credentials is None:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"postgres:{quote(credentials.superuser)}@{parts.hostname}:{parts.port}"))


@contextmanager
def as_superuser(*, stays: bool = True) -> Iterator[Execute]:
    """The default connection is the superuser's and the log's triggers are off; what happens inside stays, or not."""
    with override_settings(OWNER_DATABASE_URL=superuser_url()), database_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            for table in LOG_TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield cursor.execute
        transaction.set_rollback(not stays)
