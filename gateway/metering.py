"""The meter of one worker with all that it stands on: started with it, stopped after its last request."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from gateway.flushing.flusher import Flusher
from gateway.limits.database import DatabaseLedger
from gateway.limits.shares import Shares, Unknown
from gateway.meter import Meter
from gateway.usage.folder import prepare
from gateway.usage.journal import Journal
from gateway.usage.lines import line_key
from gateway.usage.prices import LIST, PriceList, load
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose

_LEASING = 2  # threads, each with a database connection
_SWEEP = 0.5  # seconds

_log = logging.getLogger("gateway")


@dataclass(slots=True, eq=False)
class Metering:
    meter: Meter
    shares: Shares
    flusher: Flusher
    threads: ThreadPoolExecutor

    async def sweep(self) -> None:
        """For ever, in the event loop: unused slices go back to the other workers."""
        while True:
            await asyncio.sleep(_SWEEP)
            try:
                await self.shares.sweep()
            except Unknown:
                continue

    async def close(self) -> None:
        """Once no request is under way."""
        await self.shares.close()

    def stop(self) -> None:
        self.threads.shutdown()
        self.flusher.stop()


def start(worker: UUID) -> Metering:
    """``worker`` is this start's own number. Raises Unfit, CannotWrite, Unavailable; ValueError for a price list."""
    folder = settings.KEYVAULT_GATEWAY_JOURNAL
    prepare(folder, may_be_in_memory=settings.KEYVAULT_GATEWAY_JOURNAL_IN_MEMORY)
    key = ring.instance_key(Purpose.JOURNAL)
    journal = Journal(folder, worker, key.id, line_key(key.secret))
    threads = ThreadPoolExecutor(_LEASING, thread_name_prefix="lease")
    shares = Shares(DatabaseLedger(worker, threads))
    prices = price_list()
    flusher = Flusher(journal)
    flusher.start()
    return Metering(Meter(journal, shares, lambda: prices), shares, flusher, threads)


def price_list() -> PriceList:
    """The operator's, else ours. Raises ValueError and OSError."""
    named = settings.KEYVAULT_GATEWAY_PRICES
    return load(Path(named) if named else LIST)
