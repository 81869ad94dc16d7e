"""Sealing what is stored under the key that is active now; who writes at the same time wins."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from keyvault.errors import CannotOpen
from keyvault.keyring import ring
from keyvault.keyring.envelope import Context


@dataclass(frozen=True, slots=True)
class Lying:
    """An envelope in its row, and the place that it is bound to; both of one moment."""

    row: UUID
    context: Context
    envelope: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table of a room above that holds envelopes of organizations.

    ``under(keys, after, most)`` are its envelopes under these keys, in the order of their rows; ``swap(row, old, new)``
    puts the new one where the old one still is, and says whether it was; ``erase(org, most)`` takes so many of the
    organization's away and returns how many there were.
    """

    table: str
    under: Callable[[Collection[UUID], UUID, int], list[Lying]]
    swap: Callable[[UUID, bytes, bytes], bool]
    erase: Callable[[UUID, int], int]


@dataclass(frozen=True, slots=True)
class Resealed:
    """``overtaken`` were changed or erased meanwhile; ``shut`` do not open and stay as they are."""

    moved: int = 0
    overtaken: int = 0
    shut: int = 0

    def __add__(self, other: "Resealed") -> "Resealed":
        return Resealed(self.moved + other.moved, self.overtaken + other.overtaken, self.shut + other.shut)


def reseal(shelf: Shelf, lying: Sequence[Lying]) -> Resealed:
    """In the caller's transaction. The envelope is compared and set, so that no write between is lost."""
    opened = [(each, _opened(each)) for each in lying]
    values = [(each, value) for each, value in opened if value is not None]
    moved = sum(shelf.swap(each.row, each.envelope, ring.seal_value(each.context, value)) for each, value in values)
    return Resealed(moved, len(values) - moved, len(lying) - len(values))


def _opened(each: Lying) -> bytes | None:
    try:
        return ring.open_value(each.context, each.envelope)
    except CannotOpen:
        return None
