"""Rate limits: so many requests a minute for a token, for an address block, and for a block's refused tokens.

Counted in the cache, a batch at a time: every process keeps what it has not handed in yet, at most a hundredth of the
rate, so a request costs Redis nothing most of the time and a limit is exceeded by a hundredth per process at worst.
While Redis is away the cache counts in this process: the doors neither open nor close.
"""

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from keyvault.actor import Origin, TokenScope
from keyvault.address import block_of
from keyvault.errors import TooManyRequests

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module, by its settings

_WINDOW = 60  # seconds
_KEPT = 2 * _WINDOW
_BATCHES = 100  # handed in per window, where a limit is reached
_CELLS = 20_000


def count_token(token_id: object) -> None:
    """One more request with this token. Raises TooManyRequests beyond KEYVAULT_TOKEN_RATE a minute."""
    _meter.count(f"token:{token_id}", settings.KEYVAULT_TOKEN_RATE)


def count_address(origin: Origin) -> None:
    """One more request from this block. Raises TooManyRequests beyond KEYVAULT_ADDRESS_RATE a minute."""
    _meter.count(f"block:{block_of(origin.address)}", settings.KEYVAULT_ADDRESS_RATE)


def count_refusal(origin: Origin) -> None:
    """One more refused token from this block. Raises TooManyRequests beyond KEYVAULT_ANONYMOUS_RATE a minute.

    Called after the refusal only: a neighbour's bad tokens never shut out a good one.
    """
    _meter.count(f"refused:{block_of(origin.address)}", settings.KEYVAULT_ANONYMOUS_RATE)


def forget() -> None:
    """What this process has counted and what it knows of the others; Redis keeps its totals."""
    _meter.forget()


class TokenThrottle(BaseThrottle):
    """Stands after authentication; the address was counted before it, in :class:`keyvault.api.views.Endpoint`."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, TokenScope):
            count_token(request.auth.token_id)
        return True


@dataclass(slots=True)
class _Cell:
    """``total`` is what all processes had handed in when this one last did; ``waiting`` is not handed in yet."""

    window: int
    total: int = 0
    waiting: int = 0


class _Meter:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[str, _Cell] = {}

    def count(self, key: str, rate: int) -> None:
        now = time.time()
        window = int(now) // _WINDOW
        with self._lock:
            cell = self._cell(key, window)
            cell.waiting += 1
            batch = cell.waiting if cell.waiting >= max(1, rate // _BATCHES) else 0
            cell.waiting -= batch
        if batch:
            cell.total = max(cell.total, _add(f"rate:{window}:{key}", batch))
        if cell.total + cell.waiting > rate:
            raise TooManyRequests(
                f"More than {rate} requests a minute.",
                retry_after=max(1, _WINDOW - int(now) % _WINDOW),
                remedy="Wait as long as Retry-After says.",
            )

    def _cell(self, key: str, window: int) -> _Cell:
        cell = self._cells.get(key)
        if cell is None or cell.window != window:
            if len(self._cells) >= _CELLS:
                self._cells.clear()
            cell = self._cells[key] = _Cell(window)
        return cell

    def forget(self) -> None:
        with self._lock:
            self._cells.clear()


def _add(key: str, batch: int) -> int:
    """The total after adding: one round trip but for the first of a window."""
    try:
        return cache.incr(key, batch)
    except ValueError:
        if cache.add(key, batch, _KEPT):
            return batch
    try:
        return cache.incr(key, batch)
    except ValueError:  # gone in between: the cache was emptied, or fell back to this process
        return batch


_meter = _Meter()
