"""A session of the database beside Django's own, for locks that somebody else holds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection

_PATIENCE = 10.0  # seconds


@contextmanager
def raw_session() -> Iterator[psycopg.Connection]:
    account = settings.DATABASES["default"]
    with psycopg.connect(
        host=account["HOST"],
        port=account["PORT"],
        user=account["USER"],
        password=account["PASSWORD"],
        dbname=connection.settings_dict["NAME"],
    ) as session:
        yield session


def wait_until_somebody_waits(how_many: int = 1) -> None:
    end = time.monotonic() + _PATIENCE
    with raw_session() as watcher:
        watcher.autocommit = True
        while time.monotonic() < end:
            row = watcher.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if row and row[0] >= how_many:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
