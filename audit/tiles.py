"""Tiles of C2SP tlog-tiles: 256 hashes of a level in one piece, and the right edge of a tree that grows by them. Pure.

The ``index``-th tile of level ``level`` holds the hashes of 256 neighbouring subtrees of 256^level leaves each. Only
full tiles are kept, 8192 bytes; what is not yet a tile is the edge.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from audit.merkle import EMPTY_ROOT, HASH, Subtrees, node_hash

WIDTH = 256
BITS = 8  # levels of the tree in one level of tiles

Hashes = Callable[[int, int], bytes]
"""(level, tile index) → the tile's bytes; of the last one of a level as many as there are."""


@dataclass(frozen=True, slots=True)
class Tile:
    level: int
    index: int
    hashes: bytes


class Edge:
    """The right edge of a log: of each level of tiles the hashes that fill no tile yet. Enough to grow and to sign."""

    __slots__ = ("_levels", "size")

    def __init__(self, size: int = 0, levels: Iterable[list[bytes]] = ()) -> None:
        self.size = size
        self._levels = list(levels) or [[]]

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Self:
        """How many hashes each level has follows from ``size``. Raises ValueError for other bytes."""
        levels, at = [], 0
        for level in range(_levels(size)):
            count = (size >> BITS * level) % WIDTH
            levels.append([packed[at + HASH * n : at + HASH * (n + 1)] for n in range(count)])
            at += HASH * count
        if at != len(packed):
            raise ValueError("not the edge of a log of this size")
        return cls(size, levels)

    def pack(self) -> bytes:
        return b"".join(piece for level in self._levels for piece in level)

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Adds leaf hashes; returns the tiles that became full."""
        full: list[Tile] = []
        for leaf in leaves:
            self.size += 1
            self._levels[0].append(leaf)
            if self.size % WIDTH == 0:
                self._close(0, full)
        return full

    def root(self) -> bytes:
        root: bytes | None = None
        for hashes in self._levels:
            for peak in _peaks(hashes):
                root = peak if root is None else node_hash(peak, root)
        return root or EMPTY_ROOT

    def _close(self, level: int, full: list[Tile]) -> None:
        hashes = self._levels[level]
        index = (self.size >> BITS * (level + 1)) - 1
        full.append(Tile(level, index, b"".join(hashes)))
        self._levels[level] = []
        if level + 1 == len(self._levels):
            self._levels.append([])
        self._levels[level + 1].append(joined(hashes))
        if len(self._levels[level + 1]) == WIDTH:
            self._close(level + 1, full)


def subtrees_of(hashes: Hashes) -> Subtrees:
    """Any complete subtree from the tile that holds its parts."""

    def subtree(level: int, index: int) -> bytes:
        tiles, above = divmod(level, BITS)
        first = index << above
        tile = hashes(tiles, first // WIDTH)
        start = first % WIDTH
        parts = [tile[HASH * n : HASH * (n + 1)] for n in range(start, start + (1 << above))]
        if len(parts[-1]) != HASH:
            raise LookupError(f"tile {tiles}/{first // WIDTH} is not complete enough")
        return joined(parts)

    return subtree


def path_of(level: int, index: int, width: int = WIDTH) -> str:
    """The address of a tile in the layout of C2SP: ``tile/0/x001/x234/067``, with ``.p/<width>`` for a partial one."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < WIDTH else "")


def _levels(size: int) -> int:
    """How many levels of tiles a log of this size has begun."""
    return max(1, (size.bit_length() + BITS - 1) // BITS)


def _peaks(hashes: list[bytes]) -> list[bytes]:
    """The complete subtrees of a row of hashes, the rightmost (smallest) first."""
    peaks, end = [], len(hashes)
    while end:
        width = end & -end
        peaks.append(joined(hashes[end - width : end]))
        end -= width
    return peaks


def joined(hashes: list[bytes]) -> bytes:
    """The root above as many hashes as a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[n], hashes[n + 1]) for n in range(0, len(hashes), 2)]
    return hashes[0]
