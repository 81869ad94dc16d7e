"""The ASGI application: one :class:`gateway.proxy.exchange.Exchange` a request, and the clock that looks after them."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gateway.model import Provider, Refusal
from gateway.ports import Directory, Keys, Log, Meter
from gateway.proxy.client import Client, Receive, Send
from gateway.proxy.exchange import Exchange
from gateway.proxy.failures import Failures
from gateway.proxy.head import HeadReader
from gateway.proxy.incoming import Incoming
from gateway.proxy.limits import Limits
from gateway.proxy.refusals import STALE
from gateway.proxy.slots import KNOWN_QUERY, header_slots, query_slots
from gateway.upstream.interface import Upstream
from keyvault.actor import Network
from keyvault.hops import decide_address
from keyvault.networks import Address

LIVE, READY = b"/healthz", b"/readyz"


class Gateway:
    """``upstream`` is made when the server starts, in its loop. ``providers`` are the presets by slug; an
    organization's own come with its tokens' bindings. ``domain`` is what hosts such as ``openai.<domain>`` end in.
    """

    upstream: Upstream

    def __init__(
        self,
        *,
        directory: Directory,
        keys: Keys,
        meter: Meter,
        log: Log,
        upstream: Callable[[], Upstream],
        providers: Mapping[str, Provider],
        domain: str = "",
        trusted_proxies: Sequence[Network] = (),
        limits: Limits | None = None,
    ) -> None:
        self.directory, self.keys, self.meter, self.log = directory, keys, meter, log
        self.providers, self.domain = providers, domain.lower()
        self.limits = limits or Limits()
        self.heads = HeadReader(header_slots(providers.values()))
        self.query_slots = KNOWN_QUERY | query_slots(providers.values())
        self.failures = Failures(self.limits.failures_per_minute)
        self.streams: set[Exchange] = set()
        self._make_upstream = upstream
        self._trusted = tuple(trusted_proxies)
        self._decide = lru_cache(maxsize=4096)(self._decide_address)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["raw_path"] in (LIVE, READY):
            await self._answer_probe(scope, send)
        else:
            exchange = Exchange(self, Incoming.read(scope, self), Client(scope, receive, send))
            self.streams.add(exchange)
            await exchange.run()

    def cut_all(self, refusal: Refusal) -> None:
        for exchange in list(self.streams):
            exchange.cut(refusal)

    def address_of(self, client: tuple[str, int] | None, forwarded: str) -> Address | None:
        return self._decide(client[0] if client else "", forwarded if self._trusted else "")

    def _decide_address(self, peer: str, forwarded: str) -> Address | None:
        return decide_address(peer, forwarded, self._trusted)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.upstream = self._make_upstream()
        clock = asyncio.create_task(self._tick())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        clock.cancel()
        await self.upstream.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        """Deadlines and ends of tokens, in one place instead of a timer for each request."""
        while True:
            await asyncio.sleep(self.limits.tick)
            self.upstream.sweep()
            if not self.directory.fresh():
                self.cut_all(STALE)
            now, wall = time.monotonic(), time.time()
            for exchange in list(self.streams):
                exchange.tick(now, wall)

    async def _answer_probe(self, scope: dict[str, Any], send: Send) -> None:
        good = scope["raw_path"] == LIVE or self.directory.fresh()
        headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200 if good else 503, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok\n" if good else b"stale\n", "more_body": False})
