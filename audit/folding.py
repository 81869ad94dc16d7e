"""Counting what nobody signed for: many anonymous refusals become few events, however many addresses take part.

Counted per act, reason, address block and minute. A block's 1st, 10th, 100th, … refusal is due for an event; past
``BLOCKS_A_MINUTE`` due ones of an act and reason in a minute, over all blocks, only the 1st, 10th, 100th, … is. So a
minute has at most ``BLOCKS_A_MINUTE`` + log10(refusals) + 1 events of an act and reason.
"""

import time
from dataclasses import dataclass

from django.core.cache import cache

from keyvault.address import block_of

BLOCKS_A_MINUTE = 8
EVERYWHERE = "everywhere"

_KEPT = 120  # seconds; a counter outlives its minute


@dataclass(frozen=True, slots=True)
class Fold:
    """What one event stands for: how many refusals so far this minute, and of which block (or of all blocks beyond)."""

    count: int
    block: str


def count_refusal(action: str, reason: str, address: str | None) -> Fold | None:
    """The event that is now due, if one is."""
    cell = f"audit-fold:{int(time.time()) // 60}:{action}:{reason}"
    block = block_of(address)
    count = _count(f"{cell}:{block}")
    if not _is_power_of_ten(count):
        return None
    beyond = _count(cell) - BLOCKS_A_MINUTE
    if beyond <= 0:
        return Fold(count, block)
    return Fold(beyond, EVERYWHERE) if _is_power_of_ten(beyond) else None


def _count(key: str) -> int:
    """A key that vanishes twice is one of a cache that is being emptied, or that just fell back to this process."""
    for _ in range(2):
        try:
            return cache.incr(key)
        except ValueError:  # nobody has counted yet
            if cache.add(key, 1, _KEPT):
                return 1
    return 1


def _is_power_of_ten(count: int) -> bool:
    return str(count).rstrip("0") == "1"
