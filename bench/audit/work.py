"""One measured task in a process of its own: ``python -m bench.audit.work TASK …`` prints figures as JSON.

``plain`` and ``append`` write for some seconds, one event a commit, all of one organization; ``fill`` writes many at
once; ``seal``, ``verify``, ``export`` and ``tool`` work on what is there.
"""

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyvault.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from audit.bundle import export  # noqa: E402
from audit.management.acts import identity  # noqa: E402
from audit.rows import COLUMNS  # noqa: E402
from audit.sealing.sealer import seal_all  # noqa: E402
from audit.services import prepare, record, record_many  # noqa: E402
from audit.verifier import kv_audit_verify  # noqa: E402
from audit.verifier.kv_audit_verify import Key, Trust  # noqa: E402
from audit.verifying import verify_database  # noqa: E402
from keyvault.actor import Actor, ActorType, Origin  # noqa: E402
from keyvault.ids import uuid7  # noqa: E402
from keyvault.owner import database_sealer  # noqa: E402
from keyvault.target import Ref, Target  # noqa: E402

BUSY = Ref(UUID("01990000-0000-7000-8000-0000000b0571"), "Busy")
ORIGIN = Origin("203.0.113.9", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0")
DEV = Actor(type=ActorType.PERSON, id=UUID(int=7), name="Dev Eloper", origin=ORIGIN, org_id=BUSY.id)
KEY = Target(
    org=BUSY,
    project=Ref(UUID(int=1), "payments"),
    environment=Ref(UUID(int=2), "production"),
    secret=Ref(UUID(int=3), "billing/STRIPE_SECRET_KEY"),
    version=3,
)
_MANY = 2000
_PLAIN = f"INSERT INTO bench_plain ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"


def plain(seconds: str) -> int:
    """The same row with the same indexes, made beforehand but for its key: no MAC, no partitions, no triggers."""
    row = list(prepare("secret:reveal", actor=DEV, on=KEY))

    def insert() -> None:
        row[0] = uuid7()
        with connection.cursor() as cursor:
            cursor.execute(_PLAIN, row)

    return _for(float(seconds), insert)


def append(seconds: str) -> int:
    return _for(float(seconds), lambda: record("secret:reveal", actor=DEV, on=KEY))


def fill(count: str) -> int:
    for _ in range(int(count) // _MANY):
        record_many("secret:reveal", actor=DEV, on=[KEY] * _MANY)
    return int(count)


def seal() -> int:
    with database_sealer():
        return seal_all(settings.KEYVAULT_SEALER_DIR).sealed


def verify() -> int:
    found = identity()
    report = verify_database(Trust([Key("", found.public)], witness=[]), host=found.host)
    if report.exit_code:
        raise SystemExit(str(report.findings))
    return report.leaves


def bundle(folder: str) -> int:
    found = identity()
    return int(sum(log["size"] for log in export(Path(folder), host=found.host, public=found.public)))


def tool(folder: str) -> int:
    report = kv_audit_verify.Report()
    key = kv_audit_verify.given_keys([f"{folder}/keys.txt"])
    kv_audit_verify.verify(kv_audit_verify.bundle(Path(folder)), Trust(key), report)
    if report.exit_code:
        raise SystemExit(str(report.findings))
    return report.leaves


def _for(seconds: float, act: Callable[[], object]) -> int:
    """From the moment that whoever started us says so, so that all writers write at once."""
    global began
    act()
    print("ready", flush=True)
    sys.stdin.readline()
    began, done = time.monotonic(), 0
    while time.monotonic() < began + seconds:
        act()
        done += 1
    return done


began = time.monotonic()

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    task, *arguments = sys.argv[1:]
    cpu_before = time.process_time()
    events = globals()[task](*arguments)
    took = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - cpu_before
    print(json.dumps({"events": events, "seconds": took, "cpu": cpu, "mib": used.ru_maxrss // 1024}))
