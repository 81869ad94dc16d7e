"""KeyVault's own processes as programs. docker-compose.yml runs the same commands."""

import signal
import sys
from functools import partial
from pathlib import Path

from keyvault.processes.ports import answers
from keyvault.processes.program import Program
from keyvault.processes.strays import mark
from keyvault.supervisor.variables import CODE, GATEWAY_ROOTS, OWNER, ROOTS, SEALER, visible

_CELERY = (sys.executable, "-m", "celery", "-A", "keyvault.celery")


def migrate(var: Path) -> Program:
    command = [sys.executable, str(CODE / "manage.py"), "migrate", "--no-input", "--verbosity", "1"]
    return Program("migrate", command, visible(without=[SEALER, *ROOTS]) | mark(var))


def init_keys(var: Path) -> Program:
    command = [sys.executable, str(CODE / "manage.py"), "keys", "init"]
    return Program("keys", command, visible(without=[OWNER, SEALER]) | mark(var))


def web(var: Path, host: str, port: int) -> Program:
    return Program(
        "web",
        [sys.executable, "-m", "keyvault.web"],
        visible(without=[OWNER, SEALER]) | mark(var),
        ready=partial(answers, host, port),
        grace=15,
    )


def worker(var: Path) -> Program:
    """Without gossip, mingle and heartbeat, which make a worker hang that is told to end while Redis is away."""
    flags = ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Program(
        "worker",
        [*_CELERY, "worker", *flags],
        visible(without=[OWNER, SEALER]) | mark(var),
        death=signal.SIGKILL,
        grace=20,
    )


def beat(var: Path) -> Program:
    flags = ["--loglevel", "INFO", "--schedule", str(var / "beat"), "--pidfile="]
    return Program("beat", [*_CELERY, "beat", *flags], visible(without=[OWNER, SEALER, *ROOTS]) | mark(var))


def sealer(var: Path) -> Program:
    command = [sys.executable, str(CODE / "manage.py"), "sealer"]
    return Program("sealer", command, visible(without=[OWNER, GATEWAY_ROOTS]) | mark(var))
