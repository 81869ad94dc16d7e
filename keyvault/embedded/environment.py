"""The one place that sets the environment: what it does not name is served, made or found in the data folder."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from keyvault.embedded.attach import CODE, attached
from keyvault.embedded.credentials import ROOT_KEY_FILES, Credentials, root_key_file
from keyvault.embedded.host import hosting, make_secrets
from keyvault.embedded.servers import Host, Servers, Wanted, names
from keyvault.processes.locks import lock_file

# Commands that read settings but no database; they start nothing and write nothing.
_SERVERLESS = {
    "",
    "--help",
    "-h",
    "--version",
    "help",
    "version",
    "collectstatic",
    "findstatic",
    "makemessages",
    "compilemessages",
}
# Commands that must find the database as it is; every other one gets an empty embedded database migrated first.
_AS_IT_IS = {"check", "flush", "makemigrations", "migrate", "pg", "showmigrations", "sqlflush", "sqlmigrate"}
# What the gateway's process must not know, and what its settings then find instead.
_NOT_THE_GATEWAYS = ("KEYVAULT_OWNER_DATABASE_URL", "KEYVAULT_SEALER_DATABASE_URL", "KEYVAULT_SECRET_KEY", "REDIS_URL")
_GATEWAY = "KEYVAULT_GATEWAY_DATABASE_URL"
_MAIN_ROOTS = "KEYVAULT_ROOT_KEYS"
# `keys init` is about to be typed.
_WITHOUT_KEYS = {"keys"}


@contextmanager
def environment_for(arguments: Sequence[str]) -> Iterator[None]:
    """``arguments`` are the command line after ``manage.py``. Raises CannotStart."""
    command = arguments[0] if arguments else ""
    if command in _SERVERLESS:
        os.environ.update(_placeholders(os.environ))
        yield
    elif command == "up":
        with _environment_to_host():
            yield
    elif command == "gateway":
        with _environment_of_gateway():
            yield
    else:
        with _environment_to_use(command):
            yield


def data_folder(environment: MutableMapping[str, str]) -> Path:
    return Path(environment.get("KEYVAULT_DATA_DIR") or CODE / "var").resolve()


def complete(
    environment: MutableMapping[str, str], var: Path, servers: Servers | None, credentials: Credentials | None
) -> None:
    """Adds what the environment does not name and the data folder holds."""
    environment["KEYVAULT_DATA_DIR"] = str(var)
    if servers is not None and credentials is not None:
        environment.update(servers.addresses(credentials))
        if servers.postgres is not None:
            environment["KEYVAULT_EMBEDDED"] = "1"
    if credentials is not None and not names(environment, "KEYVAULT_SECRET_KEY"):
        environment["KEYVAULT_SECRET_KEY"] = credentials.secret_key
    for variable in ROOT_KEY_FILES:
        path = root_key_file(var, variable)
        if not names(environment, variable) and path.exists():
            environment[variable] = f"raw:file:{path}"


@contextmanager
def _environment_to_host() -> Iterator[None]:
    """``up`` starts the planned servers itself, as its children."""
    var = data_folder(os.environ)
    with hosting(var, Host.UP, Wanted.by(os.environ)) as servers:
        complete(os.environ, var, servers, make_secrets(var, os.environ))
        yield


@contextmanager
def _environment_to_use(command: str) -> Iterator[None]:
    var, wanted = data_folder(os.environ), Wanted.by(os.environ)
    if not wanted.any:
        complete(os.environ, var, None, Credentials.read(var))
        yield
        return
    with attached(var, wanted) as servers:
        complete(os.environ, var, servers.only(wanted), Credentials.read(var))
        if wanted.postgres and command not in _AS_IT_IS:
            _migrate_if_empty(var, with_keys=command not in _WITHOUT_KEYS)
        yield


@contextmanager
def _environment_of_gateway() -> Iterator[None]:
    """Its own role and root key, whatever else the environment or the data folder has."""
    if names(os.environ, _GATEWAY):
        _forget_all_but_the_gateways()
        yield
        return
    had_roots = names(os.environ, _MAIN_ROOTS)
    with _environment_to_use("gateway"):
        if not had_roots:  # those that were named are refused by the command, in a sentence
            os.environ.pop(_MAIN_ROOTS, None)
        _forget_all_but_the_gateways()
        yield


def _forget_all_but_the_gateways() -> None:
    for suffix in ("", "_FILE"):
        if f"{_GATEWAY}{suffix}" in os.environ:
            os.environ.pop("DATABASE_URL", None)
            os.environ.pop("DATABASE_URL_FILE", None)
            os.environ[f"DATABASE_URL{suffix}"] = os.environ[f"{_GATEWAY}{suffix}"]
        for variable in _NOT_THE_GATEWAYS:
            os.environ.pop(f"{variable}{suffix}", None)
    os.environ.update(_placeholders(os.environ))


def _migrate_if_empty(var: Path, *, with_keys: bool) -> None:
    with lock_file(var / "migrate.lock") as lock:
        lock.take(within=600)
        if _is_empty(os.environ["DATABASE_URL"]):
            _manage("migrate", "--no-input", "--verbosity", "0")
            if with_keys:
                _manage("keys", "init")


def _is_empty(database: str) -> bool:
    with psycopg.connect(database, connect_timeout=5) as connection:
        row = connection.execute("SELECT to_regclass('public.django_migrations') IS NULL").fetchone()
    return row is not None and bool(row[0])


def _manage(*arguments: str) -> None:
    """Its output goes to standard error, apart from what the command itself will print."""
    done = subprocess.run([sys.executable, str(CODE / "manage.py"), *arguments], stdout=sys.stderr, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _placeholders(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Settings load, nothing is reachable."""
    missing = {
        "DATABASE_URL": "postgres://127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "KEYVAULT_SECRET_KEY": secrets.token_urlsafe(48),
    }
    return {variable: value for variable, value in missing.items() if not names(environment, variable)}
