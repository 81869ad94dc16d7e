"""Test databases: one template, made and migrated by the owner once a run, and a copy of it for every worker."""

import hashlib
import io
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from keyvault.installation import guard
from keyvault.owner import database_owner
from tests.ring import ring_outlives_flush

_CODE = Path(__file__).resolve().parent.parent
_GRANTS = (sql.SQL("SELECT, INSERT, UPDATE, DELETE ON TABLES"), sql.SQL("USAGE ON SEQUENCES"))
_TRIES = 50
_URLS = (
    "DATABASE_URL",
    "KEYVAULT_OWNER_DATABASE_URL",
    "KEYVAULT_SEALER_DATABASE_URL",
    "KEYVAULT_GATEWAY_DATABASE_URL",
)
_LOCK = 7_526_418  # an advisory lock's number, for the making of the template


@contextmanager
def worker_database(worker: str) -> Iterator[None]:
    """From here on the default connection, and every child that reads the environment, is in the worker's database."""
    template, database = _template_name(), f"test_keyvault_{worker}"
    with _owner(_url("KEYVAULT_OWNER_DATABASE_URL")) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if not _exists(owner, template):
            _make_template(owner, template)
        _copy(owner, template, database)
        owner.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        try:
            with _moved_to(database), ring_outlives_flush():
                _settle()
                yield
        finally:
            connection.close()
            _drop(owner, database)


@contextmanager
def fresh_database(name: str) -> Iterator[None]:
    """Another copy of the template, for a test that changes what nothing can change back."""
    database = f"test_keyvault_{name}"
    with _owner(_url("KEYVAULT_OWNER_DATABASE_URL")) as owner:
        _copy(owner, _template_name(), database)
        try:
            with _moved_to(database):
                _settle()
                yield
        finally:
            connection.close()
            _drop(owner, database)


def drop_template() -> None:
    """At the end of a run on a server that lives on."""
    with _owner(_url("KEYVAULT_OWNER_DATABASE_URL")) as owner:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(_template_name())))


def _template_name() -> str:
    """Another one for other migrations, and for the other keys of another run."""
    digest = hashlib.sha256(os.environ["KEYVAULT_DATA_DIR"].encode())
    for app in apps.get_app_configs():
        folder = Path(app.path).resolve() / "migrations"
        for migration in sorted(folder.glob("*.py")) if folder.is_relative_to(_CODE) else ():
            digest.update(migration.read_bytes())
    return f"keyvault_template_{digest.hexdigest()[:16]}"


def _make_template(owner: psycopg.Connection, template: str) -> None:
    draft = f"{template}_draft"
    for statement in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}"):
        owner.execute(sql.SQL(statement).format(sql.Identifier(draft)))
    _grant_to_app(_in_database(_url("KEYVAULT_OWNER_DATABASE_URL"), draft))
    with _moved_to(draft):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("keys", "init", stdout=io.StringIO())
        _let_app_truncate()
        connection.close()
    owner.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(template)))


def _grant_to_app(owner_url: str) -> None:
    app = sql.Identifier(urlsplit(_url("DATABASE_URL")).username or "")
    with _owner(owner_url) as owner:
        owner.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
        for grant in _GRANTS:
            statement = sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {} TO {}")
            owner.execute(statement.format(grant, app))


def _let_app_truncate() -> None:
    """TransactionTestCase empties managed tables so; audit tables are not managed, and nothing ever empties them."""
    app = connection.settings_dict["USER"]
    with database_owner(), connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(sql.SQL("GRANT TRUNCATE ON {} TO {}").format(sql.Identifier(table), sql.Identifier(app)))


def _copy(owner: psycopg.Connection, template: str, database: str) -> None:
    name = sql.Identifier(database)
    _drop(owner, database)
    owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))


def _settle() -> None:
    """A copy is what the guard takes for a restored backup: this one is meant."""
    with database_owner():
        guard.accept()


def _drop(owner: psycopg.Connection, database: str) -> None:
    """An autovacuum worker that happens to be in it is the superuser's, and not ours to end: it is gone in a moment."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
    for _ in range(_TRIES):
        try:
            owner.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            time.sleep(0.2)
        else:
            return
    owner.execute(statement)


@contextmanager
def _moved_to(database: str) -> Iterator[None]:
    before = {name: _url(name) for name in _URLS}
    connection.close()
    guard.forget()
    _name({name: _in_database(url, database) for name, url in before.items()}, database)
    try:
        yield
    finally:
        connection.close()
        guard.forget()
        _name(before, urlsplit(before["DATABASE_URL"]).path[1:])


def _name(urls: dict[str, str], database: str) -> None:
    os.environ.update(urls)
    settings.OWNER_DATABASE_URL = urls["KEYVAULT_OWNER_DATABASE_URL"]
    settings.SEALER_DATABASE_URL = urls["KEYVAULT_SEALER_DATABASE_URL"]
    settings.GATEWAY_DATABASE_URL = urls["KEYVAULT_GATEWAY_DATABASE_URL"]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database


def _in_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _url(variable: str) -> str:
    """Without an owner or sealer of its own a server's only account plays all parts."""
    return os.environ.get(variable) or os.environ["DATABASE_URL"]


@contextmanager
def _owner(url: str) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as owner:
        yield owner


def _exists(owner: psycopg.Connection, database: str) -> bool:
    return owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None
