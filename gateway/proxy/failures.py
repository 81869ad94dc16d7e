"""Unknown tokens by block of addresses: who tries many is not looked up for the rest of the minute."""

from keyvault.networks import Address

_MOST_BLOCKS = 10_000


class Failures:
    def __init__(self, most: int) -> None:
        self._most = most
        self._minute = 0
        self._counts: dict[int, int] = {}

    def count(self, address: Address | None, now: float) -> None:
        self._turn(now)
        if len(self._counts) < _MOST_BLOCKS:
            block = _block(address)
            self._counts[block] = self._counts.get(block, 0) + 1

    def too_many(self, address: Address | None, now: float) -> bool:
        if not self._counts:
            return False
        self._turn(now)
        return self._counts.get(_block(address), 0) >= self._most

    def _turn(self, now: float) -> None:
        minute = int(now // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()


def _block(address: Address | None) -> int:
    """The /24 or /64, as one number for both families."""
    if address is None:
        return -1
    return int(address) >> 8 if address.version == 4 else 1 << 32 | int(address) >> 64
