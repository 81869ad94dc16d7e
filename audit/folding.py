"""Counting what nobody signed for: many anonymous refusals become few events, however many addresses take part.

Counted per act, reason, address block and minute. A block's 1st, 10th, 100th, … refusal is due for an event; past
``BLOCKS_A_MINUTE`` due ones of an act and reason in a minute, over all blocks, only the 1st, 10th, 100th, … is. So a
minute has at most ``BLOCKS_A_MINUTE`` + log10(refusals) + 1 events of an act and reason.
"""

import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.cache import cache

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


def block_of(address: str | None) -> str:
    """The /24 or /64 of an address: what one person can usually take all of."""
    if address is None:
        return "unknown"
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))


def _count(key: str) -> int:
    cache.add(key, 0, _KEPT)
    try:
        return cache.incr(key)
    except ValueError:  # gone in between: the cache was emptied, or fell back to this process
        cache.set(key, 1, _KEPT)
        return 1


def _is_power_of_ten(count: int) -> bool:
    return str(count).rstrip("0") == "1"
