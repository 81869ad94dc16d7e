"""``make bench-gateway``: contenders in turn, round by round; each figure is the median over the rounds."""

import argparse
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.gateway.contenders import Contender, contenders
from bench.gateway.serve import KEY
from keyvault.actor import TokenKind
from tokens.format import mint

BODY = '{"model":"gpt","messages":[{"role":"user","content":"' + "z" * 900 + '"}]}'
SCRIPT = """wrk.method = "POST"; wrk.body = '{body}'
wrk.headers["Content-Type"] = "application/json"; wrk.headers["Authorization"] = "Bearer {token}" """


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    path: str
    connections: int
    streams: bool = False


SCENARIOS = (
    Scenario("JSON, 1 connection", "/openai/v1/chat/completions", 1),
    Scenario("JSON, 16 connections", "/openai/v1/chat/completions", 16),
    Scenario("20 events, 16 connections", "/openai/v1/audio/stream", 16, streams=True),
    Scenario("JSON after 20 ms, 16 connections", "/openai/v1/audio/slow", 16, streams=True),
)


@dataclass(frozen=True, slots=True)
class Measured:
    a_second: float
    p50: float  # microseconds
    cpu: float  # microseconds a request


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    token = mint(TokenKind.SERVICE)
    try:
        with contenders(token) as running:
            for scenario in SCENARIOS:
                _table(scenario, _rounds(scenario, running, token, options))
    except FileNotFoundError as missing:
        raise SystemExit(f"The benchmark cannot run: {missing}") from None


def _rounds(
    scenario: Scenario, running: list[Contender], token: str, options: argparse.Namespace
) -> dict[str, list[Measured]]:
    measured: dict[str, list[Measured]] = {each.name: [] for each in running}
    for _ in range(options.rounds):
        for each in running:
            measured[each.name].append(_measure(scenario, each, token, options.seconds))
    return measured


def _measure(scenario: Scenario, contender: Contender, token: str, seconds: int) -> Measured:
    direct = contender.name == "direct"
    path = scenario.path.removeprefix("/openai") if direct else scenario.path
    port = contender.events_port if scenario.streams else contender.port
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        Path(script.name).write_text(SCRIPT.format(body=BODY, token=KEY if direct else token))
        before = contender.cpu
        said = subprocess.run(
            ["taskset", "-c", "0", "wrk", "-t1", f"-c{scenario.connections}", f"-d{seconds}s", "--latency", "-s",
             script.name, f"http://127.0.0.1:{port}{path}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        used = contender.cpu - before
    if "Non-2xx" in said:
        raise RuntimeError(f"{contender.name} answered with failures:\n{said}")
    requests = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
    return Measured(requests / seconds, _microseconds(said), used / max(requests, 1) * 1e6)


def _microseconds(said: str) -> float:
    found = re.search(r"50%\s+([\d.]+)(us|ms|s)", said)
    if found is None:
        raise RuntimeError(said)
    return float(found[1]) * {"us": 1, "ms": 1e3, "s": 1e6}[found[2]]


def _table(scenario: Scenario, measured: dict[str, list[Measured]]) -> None:
    """Ratios are of one round each, then the median; the machine's noise is the same for both of a round."""
    columns = ("requests/s", "p50 µs", "CPU µs", "rate ×nginx", "CPU ×nginx", "added ×nginx")
    print(f"\n{scenario.name}\n{'':20}" + "".join(f"{column:>14}" for column in columns))
    base, direct = measured["nginx"], measured["direct"]
    for name, rounds in measured.items():
        rate = median(a.a_second / b.a_second for a, b in zip(rounds, base, strict=True))
        cpu = median(a.cpu / b.cpu if b.cpu else 0 for a, b in zip(rounds, base, strict=True))
        added = median((a.p50 - d.p50) / max(b.p50 - d.p50, 1) for a, b, d in zip(rounds, base, direct, strict=True))
        middle = (median(each.a_second for each in rounds), median(each.p50 for each in rounds))
        print(f"{name:20}{middle[0]:14.0f}{middle[1]:14.0f}{median(each.cpu for each in rounds):14.0f}", end="")
        print(f"{rate:14.2f}{cpu:14.2f}{added:14.2f}")


if __name__ == "__main__":
    main()
