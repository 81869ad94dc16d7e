"""Opens every page of the organization as its owner and prints a table, the slowest first.

Time is the server's: from the request to the end of the answer, in one process, with no network in between.
"""

import io
import json
import logging
from contextlib import redirect_stdout
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bench.console.seed import rows, seed
from tests.accounts.factors import STEP_UP, code_of
from tests.browser.access.addresses import Address, addresses
from tests.browser.access.scenery import KEY, OWNER
from tests.web.scene import browser

LIMIT = 50.0  # milliseconds


@dataclass(frozen=True, slots=True)
class Opened:
    name: str
    status: int
    milliseconds: float
    queries: int


def walk(size: str, rounds: int) -> None:
    logging.disable()  # every look at a person is a line, and the table would be lost between them
    pages = _seeded(size)
    print(rows(), flush=True)
    client = _owner()
    opened = sorted(
        (each for address in pages if (each := _opened(client, address, rounds))),
        key=lambda each: -each.milliseconds,
    )
    slow = [each for each in opened if each.milliseconds > LIMIT]
    print(f"{'page':30} {'status':>6} {'median':>10} {'queries':>7}")
    for each in opened:
        mark = "  above" if each in slow else ""
        print(f"{each.name:30} {each.status:6} {each.milliseconds:7.1f} ms {each.queries:7}{mark}")
    print(f"{len(opened)} pages, {len(slow)} above {LIMIT:.0f} ms")


def _seeded(size: str) -> list[Address]:
    said = io.StringIO()
    with redirect_stdout(said):
        seed(size)
    fill = json.loads(said.getvalue().partition("MADE ")[2].splitlines()[0])
    first: dict[str, Address] = {}
    for address in addresses(fill):
        if address.path.startswith("/o/"):
            first.setdefault(address.name, address)
    return list(first.values())


def _owner() -> Client:
    client = browser(User.objects.get(email=OWNER), SERVER_NAME="localhost")
    answer = client.post(STEP_UP, {"code": code_of(KEY)})
    assert answer.status_code == 302, answer.status_code
    return client


def _opened(client: Client, address: Address, rounds: int) -> Opened | None:
    """Nothing for an address that answers to no GET; the first time is for what is read once and kept."""
    status = client.get(address.path).status_code
    if status == 405:
        return None
    times = [_timed(client, address.path) for _ in range(rounds)]
    with CaptureQueriesContext(connection) as captured:
        client.get(address.path)
    return Opened(address.name, status, median(times), len(captured))


def _timed(client: Client, path: str) -> float:
    began = perf_counter()
    b"".join(client.get(path))  # to its end, where an answer comes in pieces
    return (perf_counter() - began) * 1000
