"""One worker of the gateway: its parts put together, and served until it is told to stop."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import uvicorn
from django.conf import settings
from django.db import connection

from gateway.events.log import EventLog
from gateway.keys.safe import Safe
from gateway.proxy import providers
from gateway.proxy.app import Gateway
from gateway.proxy.serving import server_config
from gateway.state.directory import Directory
from gateway.state.feed import Feed
from gateway.state.lease import Lease
from gateway.state.loading import Loader
from gateway.state.peppers import read_peppers
from gateway.unmetered import Unmetered
from gateway.upstream.addresses import Admission
from gateway.upstream.aiohttp_client import AiohttpUpstream
from gateway.upstream.client import OwnUpstream
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Upstream
from keyvault import egress
from keyvault.ids import uuid7
from keyvault.networks import parse_network

UPSTREAMS: dict[str, Callable[[Dialer], Upstream]] = {"own": OwnUpstream, "aiohttp": AiohttpUpstream}
PURPOSE = "gateway"  # in KEYVAULT_EGRESS_ALLOW: which internal targets providers may have

_UNSEALING = 2  # threads, each with a database connection
_FIRST_LOAD = 10.0  # seconds that a start waits for the tokens before it serves 503
_SWEEP = 30.0  # seconds between looks for keys that were held long enough


@dataclass(frozen=True, slots=True)
class Parts:
    """``gateway`` is the application; the others are what it stands on, and are started and stopped around it."""

    gateway: Gateway
    directory: Directory
    safe: Safe
    log: EventLog
    loader: Loader
    lease: Lease
    threads: ThreadPoolExecutor


def compose() -> Parts:
    threads = ThreadPoolExecutor(_UNSEALING, thread_name_prefix="unseal")
    safe, log, worker = Safe(threads), EventLog(), uuid7()
    presets, directory = providers.load(), Directory(safe.forget)
    gateway = Gateway(
        directory=directory,
        keys=safe,
        meter=Unmetered(),
        log=log,
        upstream=_upstream(),
        providers=presets,
        domain=settings.KEYVAULT_GATEWAY_DOMAIN,
        trusted_proxies=tuple(map(parse_network, settings.KEYVAULT_TRUSTED_PROXIES)),
    )
    loader = Loader(worker, presets, read_peppers)
    return Parts(gateway, directory, safe, log, loader, Lease(worker), threads)


def run(sockets: Sequence[Any], **options: Any) -> None:
    """In the main thread, until a signal; then what runs is drained. ``options`` are uvicorn's."""
    parts = compose()
    server = uvicorn.Server(server_config(parts.gateway, **options))
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(serve(parts, server, sockets))


async def serve(parts: Parts, server: uvicorn.Server, sockets: Sequence[Any]) -> None:
    """While streams drain, changes go on to be applied: a token that is revoked meanwhile is cut."""
    feed = Feed(parts.directory, parts.loader, parts.lease, asyncio.get_running_loop())
    parts.log.start()
    feed.start()
    await asyncio.to_thread(feed.wait_until_loaded, _FIRST_LOAD)
    sweeping = asyncio.create_task(_sweep(parts.safe))
    try:
        await server.serve(sockets=list(sockets))
    finally:
        sweeping.cancel()
        await asyncio.to_thread(_stop, parts, feed)


def _stop(parts: Parts, feed: Feed) -> None:
    feed.stop()
    parts.threads.shutdown()
    parts.log.stop()
    connection.close()


async def _sweep(safe: Safe) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        safe.sweep()


def _upstream() -> Callable[[], Upstream]:
    admissions = [Admission(each.host, each.network) for each in egress.admissions() if each.purpose == PURPOSE]
    make = UPSTREAMS[settings.KEYVAULT_GATEWAY_CLIENT]
    return lambda: make(Dialer(admissions))
