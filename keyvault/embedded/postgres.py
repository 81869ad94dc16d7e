"""The embedded PostgreSQL: a data folder of its own, a free loopback port, SCRAM passwords, no Unix socket."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from keyvault.embedded.account import hand_over, postgres_account
from keyvault.embedded.binaries import POSTGRES_MAJOR, postgres_binary
from keyvault.embedded.credentials import Credentials
from keyvault.processes.errors import CannotStart
from keyvault.processes.ports import LOOPBACK
from keyvault.processes.private import make_private_folder, write_private
from keyvault.processes.program import Account, Program
from keyvault.processes.strays import mark

# A failing statement may carry what a person typed: the server's log names the error and nothing of the data.
_QUIET = ("log_min_error_statement=panic", "log_error_verbosity=terse", "log_parameter_max_length_on_error=0")
_FIRST_BUILTIN = 17  # the first version with collations of its own
_FORGETFUL = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


@dataclass(frozen=True, slots=True)
class Postgres:
    """``durable=False`` is for servers that are thrown away: fast, and lost with the machine's power."""

    var: Path
    port: int
    credentials: Credentials
    durable: bool = True
    major: str = POSTGRES_MAJOR

    def program(self) -> Program:
        """Makes the data folder when there is none. Raises CannotStart for one of another major version."""
        account = postgres_account()
        self._prepare_data(account)
        return Program(
            name="postgres",
            command=[postgres_binary("postgres", self.major), "-D", str(self._data), *self._options()],
            environment=_environment(self.var),
            ready=self._is_ready,
            stop=signal.SIGINT,  # "fast": SIGTERM would wait for clients to leave
            death=signal.SIGINT,
            grace=30,
            account=account,
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user="postgres",
            password=self.credentials.superuser,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    @property
    def _data(self) -> Path:
        return self.var / "postgres"

    def _options(self) -> list[str]:
        settings = [
            f"port={self.port}",
            f"listen_addresses={LOOPBACK}",
            "unix_socket_directories=",
            "shared_buffers=128MB",
        ]
        settings += _QUIET if self.durable else (*_QUIET, *_FORGETFUL)
        return [part for setting in settings for part in ("-c", setting)]

    def _is_ready(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare_data(self, account: Account) -> None:
        if self._data.exists():
            _require_major(self._data, self.major)
            _wait_for_predecessor(self._data)
        else:
            self._initialize(account)
        hand_over(self._data, account)

    def _initialize(self, account: Account) -> None:
        """In a draft folder first, so that an initdb cut short leaves nothing that looks like a database."""
        draft, password = self.var / "postgres.draft", self.var / "postgres.password"
        shutil.rmtree(draft, ignore_errors=True)
        make_private_folder(draft)
        hand_over(draft, account)
        write_private(password, self.credentials.superuser)
        hand_over(password, account)
        try:
            _run(_initdb(draft, password, self.major), account, _environment(self.var))
        finally:
            password.unlink()
        draft.rename(self._data)


def _initdb(data: Path, password: Path, major: str) -> list[str]:
    # The same order of texts on every machine, whatever its C library; before 17 only C itself has it.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if int(major) >= _FIRST_BUILTIN else []
    options = ["--auth=scram-sha-256", "--encoding=UTF8", *builtin, "--locale=C", "--no-instructions"]
    return [postgres_binary("initdb", major), "-D", str(data), "-U", "postgres", f"--pwfile={password}", *options]


def _run(command: Sequence[str], account: Account, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.gid is None else [],
        preexec_fn=account.enter,
    )
    if done.returncode:
        raise CannotStart(f"PostgreSQL's data folder could not be made: {done.stderr.strip()}")


def _environment(var: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC", **mark(var)}


def _require_major(data: Path, major: str) -> None:
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise CannotStart(f"{data} is no data folder of PostgreSQL: move it aside.") from None
    if found != major:
        raise CannotStart(
            f"{data} holds data of PostgreSQL {found}, and this KeyVault runs {major}: save it with pg_dump "
            f"of version {found}, move {data} aside, start again and load the dump "
            "(docs/install.md, Moving to another PostgreSQL)."
        )


def _wait_for_predecessor(data: Path, within: float = 40.0) -> None:
    """After a SIGKILL of ours the old server may still be shutting down.

    A process that merely reuses its number would block the start: we hold the lock, so no server of ours is behind it.
    """
    pidfile = data / "postmaster.pid"
    deadline = time.monotonic() + within
    while (pid := _recorded_pid(pidfile)) is not None and Path(f"/proc/{pid}").exists():
        if not _serves(pid, data):
            pidfile.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise CannotStart(f"Another PostgreSQL (process {pid}) still uses {data}.")
        time.sleep(0.1)


def _recorded_pid(pidfile: Path) -> int | None:
    with suppress(FileNotFoundError, ValueError):
        return abs(int(pidfile.read_text(encoding="utf-8").split("\n", 1)[0]))
    return None


def _serves(pid: int, data: Path) -> bool:
    with suppress(FileNotFoundError):
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return arguments[0].endswith(b"postgres") and os.fsencode(data) in arguments
    return False
