"""A backup as an operator makes one: pg_dump to a file, and the ways to put it back."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection
from psycopg import sql

from keyvault.embedded.binaries import postgres_binary
from tests.audit.sealed import superuser_url


def dump(path: Path) -> None:
    _run("pg_dump", "--format=custom", f"--file={path}", _here())


def load_into_a_new_database(path: Path) -> None:
    """Under the old name; whoever was connected is cut off."""
    name = sql.Identifier(_name())
    with psycopg.connect(_there("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {} OWNER keyvault_owner").format(name))
    _run("pg_restore", f"--dbname={_here()}", str(path))


def load_over_the_old_one(path: Path) -> None:
    """Into the same database, emptied, while processes stay connected."""
    with psycopg.connect(_here(), autocommit=True) as database:
        database.execute("DROP SCHEMA audit_parts, public CASCADE; CREATE SCHEMA public")
        database.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    _run("pg_restore", f"--dbname={_here()}", str(path))


def _run(program: str, *arguments: str) -> None:
    binary = postgres_binary(program, major())
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{program}: {done.stderr[:2000]}")


def major() -> str:
    with psycopg.connect(_there("postgres")) as server:
        return str(server.info.server_version // 10000)


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _here() -> str:
    return _there(_name())


def _there(database: str) -> str:
    return urlunsplit(urlsplit(superuser_url())._replace(path=f"/{database}"))
