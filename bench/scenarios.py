"""The four kinds of work that are measured, as raw requests."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from uuid import uuid4

from bench.facts import NAMES, Facts

_PLACE = "/api/v1/projects/shop/environments/development"


@dataclass(frozen=True, slots=True)
class Scenario:
    title: str
    requests: Callable[[Facts], tuple[bytes, ...]]
    expect: bytes
    against: tuple[str, ...]


def _get(facts: Facts, path: str) -> bytes:
    return f"GET {_PLACE}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {facts.token}\r\n\r\n".encode()


def _post(facts: Facts, path: str, body: bytes) -> bytes:
    head = f"POST {_PLACE}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {facts.token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _reads(facts: Facts) -> tuple[bytes, ...]:
    return tuple(_get(facts, f"/values/{name}") for name in NAMES)


def _writes(facts: Facts) -> tuple[bytes, ...]:
    """Two thousand values, each another one, as keys are: the search for the same value elsewhere finds none."""
    bodies = (json.dumps({"value": f"sk_live_{uuid4().hex}"}).encode() for _ in range(2000))
    return tuple(_post(facts, f"/rotations/{name}", body) for name, body in zip(cycle(NAMES), bodies, strict=False))


SCENARIOS = (
    Scenario("value read by token", _reads, b"sk_live_", ("keyvault", "plain", "raw")),
    Scenario("bulk read of 50 values", lambda facts: (_get(facts, "/values"),), b"sk_live_", ("keyvault", "plain")),
    Scenario("list of 50 names", lambda facts: (_get(facts, "/secrets"),), b"SERVICE_07", ("keyvault", "plain")),
    Scenario("write of a new version", _writes, b"version", ("keyvault", "plain")),
)
