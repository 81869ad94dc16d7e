"""A second server that follows the test's own, as an operator sets one up: pg_basebackup, a standby, a promotion."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from keyvault.embedded.account import hand_over, postgres_account
from keyvault.embedded.binaries import postgres_binary
from keyvault.processes.ports import LOOPBACK, free_port
from tests.audit.sealed import superuser_url
from tests.installation.backup import major


@dataclass(frozen=True)
class Standby:
    port: int

    def promote(self) -> None:
        with self.connect() as server:
            server.execute("SELECT pg_promote(true)")

    def catch_up(self) -> None:
        """With what the other server has written until now."""
        with psycopg.connect(superuser_url()) as other:
            [written] = other.execute("SELECT pg_current_wal_flush_lsn()").fetchone() or [None]
        with self.connect() as server:
            while not (server.execute("SELECT pg_last_wal_replay_lsn() >= %s", [written]).fetchone() or [False])[0]:
                time.sleep(0.05)

    def connect(self) -> psycopg.Connection:
        parts = urlsplit(superuser_url())
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user=parts.username,
            password=unquote(parts.password or ""),
            dbname="postgres",
            autocommit=True,
        )


@contextmanager
def standby() -> Iterator[Standby]:
    folder = Path(tempfile.mkdtemp(prefix="kv-standby-"))
    account, data, port = postgres_account(), folder / "data", free_port()
    parts = urlsplit(superuser_url())
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": unquote(parts.password or "")}
    command = [postgres_binary("pg_basebackup", major()), "-D", str(data), "-R", "-X", "stream", "-c", "fast"]
    where = ["-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username)]
    subprocess.run([*command, *where], env=environment, check=True, capture_output=True)
    hand_over(data, account)
    options = [f"port={port}", f"listen_addresses={LOOPBACK}", "unix_socket_directories="]
    server = subprocess.Popen(
        [postgres_binary("postgres", major()), "-D", str(data), *(part for each in options for part in ("-c", each))],
        env=environment,
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.gid is None else [],
        preexec_fn=account.enter,  # noqa: PLW1509 - as the product starts its own
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    found = Standby(port)
    try:
        _wait(server, found)
        yield found
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], found: Standby) -> None:
    while server.poll() is None:
        try:
            found.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the standby did not start")
