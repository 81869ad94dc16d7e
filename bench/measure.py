"""One measurement: a load in a process of its own, and the CPU time that the servers spent on it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.load import Load, Outcome

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Measured:
    outcome: Outcome
    cpu: float  # seconds of the application
    database_cpu: float  # seconds of PostgreSQL

    @property
    def rate(self) -> float:
        return self.outcome.rate

    @property
    def cpu_per_request(self) -> float:
        """Milliseconds, application and database together."""
        return (self.cpu + self.database_cpu) / max(self.outcome.done, 1) * 1000


def measure(load: Load, *, application: int, database: int) -> Measured:
    """``application`` and ``database`` are the process ids whose whole trees are counted."""
    before = cpu_seconds(application), cpu_seconds(database)
    outcome = run_load(load)
    return Measured(outcome, cpu_seconds(application) - before[0], cpu_seconds(database) - before[1])


def run_load(load: Load) -> Outcome:
    asked = {
        "port": load.port,
        "requests": [request.decode("latin-1") for request in load.requests],
        "expect": load.expect.decode(),
        "connections": load.connections,
        "seconds": load.seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=load.seconds + 60,
    )
    if done.returncode or done.stderr:
        raise SystemExit(f"The load failed:\n{done.stderr}")
    outcome = Outcome(**json.loads(done.stdout))
    if outcome.failed:
        raise SystemExit(f"{outcome.failed} of {outcome.done} answers were wrong.")
    return outcome


def cpu_seconds(root: int) -> float:
    """User and system time of a process, its descendants, and those of them that have ended."""
    return sum(_ticks(pid) for pid in _tree(root)) / _TICKS


def _tree(root: int) -> Iterable[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return sum(int(fields[at]) for at in (11, 12, 13, 14)) if fields else 0


def _stat(pid: int) -> list[str]:
    """The fields after the command's name: state, parent, …; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
