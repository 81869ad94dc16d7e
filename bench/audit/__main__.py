"""``python -m bench.audit``: ratios of appending to a plain INSERT in the same round, then sealing and verifying."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from bench.stage import staged

SIZES = {"100k": [100_000], "1m": [100_000, 300_000, 1_000_000], "10m": [1_000_000, 10_000_000]}
_PLAIN = "CREATE TABLE bench_plain (LIKE audit_event INCLUDING CONSTRAINTS INCLUDING INDEXES)"
_APP = "GRANT SELECT, INSERT ON bench_plain TO keyvault_app"


@dataclass(frozen=True, slots=True)
class Done:
    events: int
    seconds: float
    cpu: float  # seconds of this process; the database's own are not in it
    mib: int

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def main() -> None:
    options = _options()
    with staged() as stage:
        with psycopg.connect(os.environ["KEYVAULT_OWNER_DATABASE_URL"], autocommit=True) as owner:
            owner.execute(_PLAIN)
            owner.execute(_APP)
        for writers in options.writers if options.rounds else ():
            _append(writers, options)
        _sizes(stage.folder, SIZES[options.size])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=7, help="0 leaves out appending")
    parser.add_argument("--writers", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--size", choices=SIZES, default=os.environ.get("SIZE", "100k"))
    return parser.parse_args()


def _append(writers: int, options: argparse.Namespace) -> None:
    """Each round measures both, the one after the other: what slows the machine slows both."""
    rounds = []
    for number in range(options.rounds):
        order = ("plain", "append") if number % 2 else ("append", "plain")
        rates = {task: sum(done.rate for done in _together(task, writers, options.seconds)) for task in order}
        rounds.append((rates["plain"], rates["append"]))
    ratios = sorted(append / plain for plain, append in rounds)
    print(
        f"append, {writers} writers, one organization: {median(rate for _, rate in rounds):.0f}/s, plain INSERT "
        f"{median(rate for rate, _ in rounds):.0f}/s, ratio {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        flush=True,
    )


def _sizes(folder: Path, sizes: list[int]) -> None:
    filled = 0
    for size in sizes:
        _alone("fill", str(size - filled))
        new, filled = size - filled, size
        place = str(folder / f"bundle{size}")
        sealed, verified = _alone("seal"), _alone("verify")
        exported, checked = _alone("bundle", place), _alone("tool", place)
        print(f"{size} events ({new} new)", flush=True)
        for name, done in (("seal", sealed), ("verify", verified), ("export", exported), ("check the bundle", checked)):
            print(
                f"  {name:17} {done.rate:9.0f} events/s  {done.events / done.cpu:9.0f} a CPU second  {done.mib:5} MiB",
                flush=True,
            )


def _together(task: str, writers: int, seconds: float) -> list[Done]:
    running = [_started(task, str(seconds)) for _ in range(writers)]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [_ended(process) for process in running]


def _alone(task: str, *arguments: str) -> Done:
    return _ended(_started(task, *arguments))


def _started(task: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.audit.work", task, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ended(process: subprocess.Popen[str]) -> Done:
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a task failed: {process.args!r}")
    return Done(**json.loads(said.splitlines()[-1]))


if __name__ == "__main__":
    main()
