"""A KeyVault of its own for one test: a data folder, a free port, `manage.py` as a person would type it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from keyvault.embedded.servers import Servers
from keyvault.processes.linux import die_with_parent
from keyvault.processes.ports import free_port

CODE = Path(__file__).resolve().parents[2]
_NAMED = ("DATABASE_URL", "REDIS_URL")


def wait_until(holds: Callable[[], bool], *, within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


@dataclass
class Installation:
    """``account`` is the (user, group) to run as, where that is not our own."""

    folder: Path
    python: str = sys.executable
    account: tuple[int, int] | None = None
    port: int = field(default_factory=free_port)
    gateway_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    runs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the test run's own servers and keys."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("KEYVAULT_")}
        for name in _NAMED:
            plain.pop(name, None)
        return plain | {
            "HOME": str(self.folder),
            "KEYVAULT_DATA_DIR": str(self.var),
            "KEYVAULT_WEB_PORT": str(self.port),
            "KEYVAULT_GATEWAY_PORT": str(self.gateway_port),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.settings,
        }

    @property
    def log(self) -> str:
        return (self.folder / "up.log").read_text()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.begin(*arguments, output=subprocess.PIPE) as run:
            output, errors = run.communicate(timeout=120)
        return subprocess.CompletedProcess(run.args, run.returncode, output.decode(), errors.decode())

    def begin(self, *arguments: str, output: int | None = None) -> subprocess.Popen[bytes]:
        user, group = self.account or (None, None)
        with (self.folder / "up.log").open("ab") as log:
            run = subprocess.Popen(
                [self.python, str(CODE / "manage.py"), *arguments],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output or log,
                stderr=output or log,
                user=user,
                group=group,
                extra_groups=None if group is None else [],
                preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),  # noqa: PLW1509
            )
        self.runs.append(run)
        return run

    def up(self) -> subprocess.Popen[bytes]:
        run = self.begin("up")
        wait_until(lambda: run.poll() is not None or self._is_up(run.pid), within=90)
        assert run.poll() is None, self.log
        return run

    def end(self) -> None:
        """What a test left running."""
        for run in self.runs:
            if run.poll() is None:
                run.send_signal(signal.SIGTERM)
                run.wait(60)

    def get(self, path: str) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def is_ready(self) -> bool:
        try:
            return bool(self.get("/readyz")[0] == 200)
        except OSError:
            return False

    def _is_up(self, pid: int) -> bool:
        servers = Servers.read(self.var)
        return servers is not None and servers.pid == pid and servers.ready and self.is_ready()


def descendants(pid: int) -> dict[int, str]:
    """Every process below this one, with its command line."""
    parents = {child: parent for child in _pids() if (parent := _parent(child))}
    found, level = dict[int, str](), {pid}
    while level := {child for child, parent in parents.items() if parent in level}:
        found |= {child: _command(child) for child in level}
    return found


def child_of(pid: int, part: str) -> int:
    """The process directly below whose command line holds ``part``."""
    return next(child for child, command in descendants(pid).items() if _parent(child) == pid and part in command)


def runs(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _parent(pid: int) -> int:
    return int((_stat(pid) or ["", "0"])[1])


def _stat(pid: int) -> list[str]:
    """State, parent and what follows (proc(5)); the name before them may hold spaces and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
