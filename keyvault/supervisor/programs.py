"""KeyVault's own processes as programs. docker-compose.yml runs the same commands."""

import signal
import sys
from functools import partial
from pathlib import Path

from keyvault.processes.ports import answers
from keyvault.processes.program import Program
from keyvault.processes.strays import mark
from keyvault.supervisor.variables import (
    APP,
    CODE,
    GATEWAY,
    GATEWAY_ROOTS,
    MAIN_ROOTS,
    OWNER,
    ROOTS,
    SEALER,
    is_named,
    visible,
)

_CELERY = (sys.executable, "-m", "celery", "-A", "keyvault.celery")


def migrate(var: Path) -> Program:
    command = [sys.executable, str(CODE / "manage.py"), "migrate", "--no-input", "--verbosity", "1"]
    return Program("migrate", command, visible(without=[SEALER, GATEWAY, *ROOTS]) | mark(var))


def init_keys(var: Path) -> Program:
    command = [sys.executable, str(CODE / "manage.py"), "keys", "init"]
    return Program("keys", command, visible(without=[OWNER, GATEWAY, SEALER]) | mark(var))


def web(var: Path, host: str, port: int) -> Program:
    return Program(
        "web",
        [sys.executable, "-m", "keyvault.web"],
        visible(without=[OWNER, GATEWAY, SEALER]) | mark(var),
        ready=partial(answers, host, port),
        grace=15,
    )


def worker(var: Path) -> Program:
    """Without gossip, mingle and heartbeat, which make a worker hang that is told to end while Redis is away."""
    flags = ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Program(
        "worker",
        [*_CELERY, "worker", *flags],
        visible(without=[OWNER, GATEWAY, SEALER]) | mark(var),
        death=signal.SIGKILL,
        grace=20,
    )


def beat(var: Path) -> Program:
    flags = ["--loglevel", "INFO", "--schedule", str(var / "beat"), "--pidfile="]
    return Program("beat", [*_CELERY, "beat", *flags], visible(without=[OWNER, GATEWAY, SEALER, *ROOTS]) | mark(var))


def sealer(var: Path) -> Program:
    command = [sys.executable, str(CODE / "manage.py"), "sealer"]
    return Program("sealer", command, visible(without=[OWNER, GATEWAY, GATEWAY_ROOTS]) | mark(var))


def gateway(var: Path, host: str, port: int) -> Program:
    """It knows its own database role and root alone: not the app's, not Redis, nothing that signs sessions."""
    return Program(
        "gateway",
        [sys.executable, str(CODE / "manage.py"), "gateway"],
        visible(without=[OWNER, SEALER, MAIN_ROOTS, *(APP if is_named(GATEWAY) else ())]) | mark(var),
        ready=partial(answers, host, port),
        grace=35,
    )
