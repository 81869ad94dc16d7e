"""A session of the database beside Django's own, for locks that somebody else holds."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection


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
