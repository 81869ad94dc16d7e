"""Whether the server lives and whether it can do its work, for probes and load balancers; no sign-in, no secrets."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import standing
from audit.partitions import MONTHS_ENOUGH, months_ahead
from keyvault.errors import KeyVaultError
from keyvault.installation import guard
from keyvault.keyring import ring
from keyvault.latest import Latest

Check = Callable[[], list[str]]

_PATIENCE = 3.0  # seconds for all checks together
_FRESH = 1.0  # seconds that an answer serves everybody who asks, so that asking costs the database nothing


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every check holds, else 503; ``checks`` has for each its reasons, none when it holds.

    ``notices`` ask an operator for something, though everything works.
    """
    found = latest()
    ready = not any(reasons for name, reasons in found.items() if name in CHECKS)
    answer = {
        "status": "ready" if ready else "not ready",
        "checks": {name: found[name] for name in CHECKS},
        "notices": found["notices"],
    }
    return JsonResponse(answer, status=200 if ready else 503)


def latest() -> dict[str, list[str]]:
    """What :func:`look` found within the last second."""
    return _latest.current()


def look() -> dict[str, list[str]]:
    """Every check at once, each on a connection of its own; one that hangs counts as failed and holds up nobody."""
    deadline = time.monotonic() + _PATIENCE
    asked = {**CHECKS, "notices": notices}
    running = {name: _pool.submit(_checked, check) for name, check in asked.items()}
    return {name: _reasons(future, deadline - time.monotonic()) for name, future in running.items()}


def notices() -> list[str]:
    return [*ring.notices(), *standing.notices()]


def check_database() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return []


def check_redis() -> list[str]:
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
        client.ping()
    return []


def check_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{len(missing)} migrations are not applied: run manage.py migrate"] if missing else []


def check_partitions() -> list[str]:
    months = months_ahead()
    return [f"The audit log has room for {months} more months only"] if months < MONTHS_ENOUGH else []


def check_installation() -> list[str]:
    """A database that was restored refuses every token until an operator has accepted it."""
    trouble = guard.look()
    return [trouble] if trouble else []


CHECKS: Mapping[str, Check] = {
    "database": check_database,
    "installation": check_installation,
    "redis": check_redis,
    "migrations": check_migrations,
    "audit partitions": check_partitions,
    "key ring": ring.check,
}


def _checked(check: Check) -> list[str]:
    try:
        return check()
    except KeyVaultError as refusal:
        return [refusal.detail]
    except (Error, redis.RedisError, OSError) as problem:
        # Its text may name accounts and addresses.
        return [f"It does not answer ({type(problem).__name__})"]
    finally:
        connection.close()


def _reasons(future: Future[list[str]], seconds: float) -> list[str]:
    try:
        return future.result(timeout=max(seconds, 0))
    except Late:
        future.cancel()
        return [f"No answer within {_PATIENCE:.0f} seconds"]


_latest = Latest(look, _FRESH)
_pool = ThreadPoolExecutor(max_workers=2 * len(CHECKS), thread_name_prefix="health")
