"""Counting refusals in memory, so that many become few events. Pure but for the clock it is given.

As :mod:`audit.folding` counts: of each rule, token and address block in a minute the 1st, 10th, 100th, … is due for an
event; of refusals without a token, beyond eight blocks a minute, the 1st, 10th, 100th, … over all blocks. Each process
of the gateway counts its own.
"""

from dataclasses import dataclass
from uuid import UUID

from keyvault.address import block_of

BLOCKS_A_MINUTE = 8
EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Fold:
    """How many so far this minute, and from where."""

    count: int
    block: str


class Folds:
    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[tuple[str, UUID | None, str], int] = {}

    def count(self, rule: str, token: UUID | None, address: str | None, now: float) -> Fold | None:
        """The event that is now due, if one is. ``now`` in seconds."""
        minute = int(now) // 60
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        block = block_of(address)
        count = self._up(rule, token, block)
        if not _is_power_of_ten(count):
            return None
        beyond = 0 if token else self._up(rule, None, EVERYWHERE) - BLOCKS_A_MINUTE
        if beyond <= 0:
            return Fold(count, block)
        return Fold(beyond, EVERYWHERE) if _is_power_of_ten(beyond) else None

    def _up(self, rule: str, token: UUID | None, block: str) -> int:
        key = (rule, token, block)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count


def _is_power_of_ten(count: int) -> bool:
    return str(count).rstrip("0") == "1"
