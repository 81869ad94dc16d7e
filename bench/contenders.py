"""What is measured: KeyVault, the plain baseline and the raw baseline, each on a port of its own."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from keyvault.processes.child import Child
from keyvault.processes.errors import CannotStart
from keyvault.processes.ports import LOOPBACK, answers, free_port
from keyvault.processes.program import Program

WORKERS, THREADS, POOL = 2, 12, 12  # of each server: all of them and pgbench fit into PostgreSQL's 100 connections


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    port: int
    pid: int


@contextmanager
def contenders() -> Iterator[dict[str, Contender]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(_running(name)) for name in ("keyvault", "plain", "raw")}


@contextmanager
def _running(name: str) -> Iterator[Contender]:
    port = free_port()
    program = Program(
        name,
        [sys.executable, *_command(name, port)],
        dict(os.environ) | {"KEYVAULT_WEB_PORT": str(port), "KEYVAULT_WEB_WORKERS": str(WORKERS)}
        | {"BENCH_POOL": str(POOL), "KEYVAULT_WEB_THREADS": str(THREADS), "KEYVAULT_LOG_LEVEL": "WARNING"},
        ready=partial(answers, LOOPBACK, port),
    )  # fmt: skip
    path = Path(os.environ["KEYVAULT_DATA_DIR"]) / f"{name}.log"
    with path.open("wb") as log:
        child = Child(program, log.fileno())
        child.start()
        try:
            child.wait_until_ready()
            yield Contender(name, port, child.pid)
        except CannotStart:
            raise SystemExit(f"{name} did not start:\n{path.read_text()[-2000:]}") from None
        finally:
            child.stop()


def _command(name: str, port: int) -> list[str]:
    if name == "keyvault":
        return ["-m", "keyvault.web"]
    if name == "plain":
        size = ["--workers", str(WORKERS), "--blocking-threads", str(THREADS)]
        return ["-m", "granian", "--interface", "wsgi", "--port", str(port), *size, "bench.plain.wsgi:application"]
    size = ["--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    return ["-m", "uvicorn", "--port", str(port), *size, "bench.raw:app"]
