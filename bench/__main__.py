"""``make bench``: every scenario at 1, 16 and 64 connections, contenders in turn, figures as medians of the rounds."""

import argparse
from statistics import median

from bench.contenders import Contender, contenders
from bench.facts import Facts
from bench.load import Load
from bench.measure import Measured, measure
from bench.pgbench import transactions_per_second
from bench.scenarios import SCENARIOS, Scenario
from bench.stage import Stage, staged

RAW_FLOOR = 0.35  # of pgbench; below it the raw baseline would be too weak to say anything


def main() -> None:
    options = _options()
    with staged() as stage, contenders() as running:
        facts = Facts.read(str(stage.facts))
        for scenario in SCENARIOS:
            for connections in options.connections:
                _table(scenario, connections, _rounds(scenario, facts, stage, running, connections, options))
        _ceiling(facts, stage, running, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    return parser.parse_args()


def _rounds(
    scenario: Scenario,
    facts: Facts,
    stage: Stage,
    running: dict[str, Contender],
    connections: int,
    options: argparse.Namespace,
) -> dict[str, list[Measured]]:
    """Contenders take turns within a round, so that a slow moment of the machine meets all of them."""
    seen: dict[str, list[Measured]] = {name: [] for name in scenario.against}
    requests = scenario.requests(facts)
    for number in range(options.rounds + 1):
        for name in scenario.against:
            load = _load(running[name], requests, scenario, connections, 1.0 if number == 0 else options.seconds)
            measured = measure(load, application=running[name].pid, database=stage.postmaster)
            if number:  # the first round warms up
                seen[name].append(measured)
    return seen


def _load(
    contender: Contender, requests: tuple[bytes, ...], scenario: Scenario, connections: int, seconds: float
) -> Load:
    return Load(contender.port, requests, scenario.expect, connections, seconds)


def _table(scenario: Scenario, connections: int, seen: dict[str, list[Measured]]) -> None:
    print(f"\n{scenario.title}, {connections} connection{'s' if connections > 1 else ''}")
    print(f"  {'':10}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'of DB':>9}   keyvault is")
    for name, measured in seen.items():
        ratio = median(ours.rate / theirs.rate for ours, theirs in zip(seen["keyvault"], measured, strict=True))
        print(
            f"  {name:10}{median(m.rate for m in measured):9.0f}"
            f"{median(m.outcome.p50 for m in measured):9.2f}{median(m.outcome.p99 for m in measured):9.2f}"
            f"{median(m.cpu_per_request for m in measured):9.2f}"
            f"{median(m.database_cpu / max(m.outcome.done, 1) * 1000 for m in measured):9.2f}"
            + ("" if name == "keyvault" else f"   {ratio:.2f} x {name}"),
            flush=True,
        )


def _ceiling(facts: Facts, stage: Stage, running: dict[str, Contender], options: argparse.Namespace) -> None:
    read = SCENARIOS[0]
    ratios = []
    for _ in range(3):
        load = _load(running["raw"], read.requests(facts), read, 16, options.seconds)
        raw = measure(load, application=running["raw"].pid, database=stage.postmaster).rate
        ratios.append(raw / transactions_per_second(facts, stage.folder, clients=16, seconds=options.seconds))
    print(f"\nraw is {median(ratios):.2f} x pgbench -M prepared of the same four statements, 16 clients")
    if median(ratios) < RAW_FLOOR:
        raise SystemExit(f"The raw baseline is below {RAW_FLOOR} x pgbench: this run says nothing.")


if __name__ == "__main__":
    main()
