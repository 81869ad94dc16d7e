"""One worker of the gateway: its parts put together, and served until it is told to stop."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import uvicorn
from django.conf import settings
from django.db import connection

from gateway import metering
from gateway.events.log import EventLog
from gateway.keys.safe import Safe
from gateway.metering import Metering
from gateway.proxy import providers
from gateway.proxy.app import Gateway
from gateway.proxy.serving import server_config
from gateway.state.directory import Directory
from gateway.state.feed import Feed
from gateway.state.lease import Lease
from gateway.state.loading import Loader
from gateway.state.peppers import read_peppers
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
    metering: Metering
    loader: Loader
    lease: Lease
    threads: ThreadPoolExecutor


def compose() -> Parts:
    threads = ThreadPoolExecutor(_UNSEALING, thread_name_prefix="unseal")
    safe, log, worker = Safe(threads), EventLog(), uuid7()
    metered = metering.start(worker)
    presets, directory = providers.load(), Directory(safe.forget)
    gateway = Gateway(
        directory=directory,
        keys=safe,
        meter=metered.meter,
        log=log,
        upstream=_upstream(),
        providers=presets,
        domain=settings.KEYVAULT_GATEWAY_DOMAIN,
        trusted_proxies=tuple(map(parse_network, settings.KEYVAULT_TRUSTED_PROXIES)),
    )
    loader = Loader(worker, presets, read_peppers)
    return Parts(gateway, directory, safe, log, metered, loader, Lease(worker), threads)


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
    sweeping = [asyncio.create_task(each) for each in (_sweep(parts.safe), parts.metering.sweep())]
    try:
        await server.serve(sockets=list(sockets))
    finally:
        for each in sweeping:
            each.cancel()
        await parts.metering.close()
        await asyncio.to_thread(_stop, parts, feed)


def _stop(parts: Parts, feed: Feed) -> None:
    feed.stop()
    parts.threads.shutdown()
    parts.metering.stop()
    parts.log.stop()
    connection.close()


async def _sweep(safe: Safe) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        safe.sweep()


def _upstream() -> Callable[[], Upstream]:
    admissions = [Admission(each.host, each.network) for each in egress.admissions() if each.purpose == PURPOSE]
    context = ssl.create_default_context()
    if settings.KEYVAULT_EGRESS_CA:  # besides the public authorities: most providers are public
        context.load_verify_locations(settings.KEYVAULT_EGRESS_CA)
    make = UPSTREAMS[settings.KEYVAULT_GATEWAY_CLIENT]
    return lambda: make(Dialer(admissions, context))
