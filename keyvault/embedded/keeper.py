"""Keeps the embedded servers while commands use them: ``python -m keyvault.embedded.keeper FOLDER SERVER…``.

Standard output says that they are ready, or the sentence that stopped it, and is then closed. It ends when the last
command has let go of the users' lock (the kernel lets go for a killed one), when a server dies, or when asked to.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from keyvault.embedded.binaries import POSTGRES_MAJOR
from keyvault.embedded.host import AlreadyHosted, hosting, make_secrets, users_lock
from keyvault.embedded.postgres import Postgres
from keyvault.embedded.redis import Redis
from keyvault.embedded.roles import make_roles_and_database
from keyvault.embedded.servers import READY, Host, Servers, Wanted
from keyvault.processes.child import Child
from keyvault.processes.errors import CannotStart
from keyvault.processes.locks import Lock, lock_file
from keyvault.processes.program import Program

_GLANCE = 0.1  # seconds between looks at the users' lock, which is how long the last command waits for our end


class _AskedToEnd(Exception):
    """By a command that was the last one."""


def main() -> None:
    options = _parse()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _host(
            options.folder,
            Wanted("postgres" in options.servers, "redis" in options.servers),
            options,
        )
    except AlreadyHosted:
        _answer(READY)  # or soon will be: another keeper was quicker, and serves our command as well
    except _AskedToEnd:
        return
    except CannotStart as reason:
        _answer(str(reason))
        sys.exit(1)


def _end(*_: object) -> None:
    """Once: what follows is the ending itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _AskedToEnd


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="keyvault.embedded.keeper")
    parser.add_argument("folder", type=Path)
    parser.add_argument("servers", nargs="+", choices=["postgres", "redis"])
    parser.add_argument("--throwaway", action="store_true", help="not durable, and the folder is removed at the end")
    parser.add_argument("--major", default=POSTGRES_MAJOR, help="of PostgreSQL")
    return parser.parse_args()


def _host(var: Path, wanted: Wanted, options: argparse.Namespace) -> None:
    """The users' lock stays ours to the end: a command that comes then waits, and starts a keeper of its own."""
    with lock_file(users_lock(var)) as users, hosting(var, Host.KEEPER, wanted) as servers:
        with _started(var, servers, options) as children:
            servers.now_ready().write(var)
            _answer(READY)
            _wait_for_the_last_user(users, children)
        if options.throwaway:
            shutil.rmtree(var, ignore_errors=True)


@contextmanager
def _started(var: Path, servers: Servers, options: argparse.Namespace) -> Iterator[list[Child]]:
    credentials = make_secrets(var, os.environ)
    children: list[Child] = []
    with (var / "servers.log").open("ab") as log:
        try:
            if servers.postgres is not None:
                postgres = Postgres(var, servers.postgres, credentials, not options.throwaway, options.major)
                children.append(_start(postgres.program(), log))
                make_roles_and_database(postgres)
            if servers.redis is not None:
                children.append(_start(Redis(var, servers.redis, credentials).program(), log))
            yield children
        finally:
            for child in reversed(children):
                child.stop()


def _start(program: Program, log: IO[bytes]) -> Child:
    child = Child(program, log)
    child.start()
    child.wait_until_ready()
    return child


def _answer(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _wait_for_the_last_user(users: Lock, children: list[Child]) -> None:
    with suppress(_AskedToEnd):
        while all(child.alive for child in children) and not users.take():
            time.sleep(_GLANCE)


if __name__ == "__main__":
    main()
