"""A batch: the leaves, tiles and checkpoints by which the logs grow in one step, whole before anything is written.

Made in memory, kept by the state, then written. Ed25519 has no chance in it and the leaves stand in the batch, so that
after a crash the same bytes are written: there are never two checkpoints of one size.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.entry import INSTANCE, leaf_hash
from audit.notes import Checkpoint, sign
from audit.projection import Row
from audit.sealing.logs import head_statement, origin_of
from audit.sealing.state import Head
from audit.tiles import Edge, Tile


@dataclass(frozen=True, slots=True)
class NewLeaf:
    leaf_hash: bytes
    event_id: UUID | None = None
    statement: bytes | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one log, from ``start`` on; ``head`` is what it comes to."""

    start: int
    head: Head
    note: str
    leaves: Sequence[NewLeaf] = field(repr=False)
    tiles: Sequence[Tile] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signer:
    host: str
    key: Ed25519PrivateKey = field(repr=False)

    def grow(self, head: Head | None, log_id: UUID, epoch: int, leaves: Sequence[NewLeaf]) -> Growth:
        edge = head.unpacked() if head else Edge()
        start = edge.size
        tiles = edge.extend(leaf.leaf_hash for leaf in leaves)
        grown = Head(log_id, epoch, edge.size, edge.root(), edge.pack())
        checkpoint = Checkpoint(origin_of(self.host, log_id, epoch), grown.size, grown.root)
        return Growth(start, grown, sign(checkpoint, self.key), leaves, tiles)


@dataclass(frozen=True, slots=True)
class Batch:
    """Growths of organizations' logs, and last that of the installation's log, which states their heads."""

    growths: Sequence[Growth]

    @property
    def heads(self) -> list[Head]:
        return [growth.head for growth in self.growths]

    @property
    def note(self) -> str:
        """The installation's checkpoint, which commits to all others; empty where nothing grew."""
        return self.growths[-1].note if self.growths else ""

    @property
    def events(self) -> int:
        return sum(leaf.event_id is not None for growth in self.growths for leaf in growth.leaves)

    def pack(self) -> bytes:
        return orjson.dumps([_packed(growth) for growth in self.growths])

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        return cls([_unpacked(growth) for growth in orjson.loads(packed)])


def grow_logs(
    rows: Iterable[Row], heads: Mapping[UUID, Head], epoch: int, signer: Signer, first: Sequence[bytes] = ()
) -> Batch:
    """``first`` are statements that the installation's log begins this batch with."""
    leaves: dict[UUID, list[NewLeaf]] = {INSTANCE: [NewLeaf(leaf_hash(entry), statement=entry) for entry in first]}
    for row in rows:
        leaves.setdefault(row["org_id"], []).append(NewLeaf(leaf_hash(bytes(row["entry"])), event_id=row["id"]))
    of_instance = leaves.pop(INSTANCE)
    growths = [signer.grow(heads.get(log_id), log_id, epoch, added) for log_id, added in leaves.items()]
    now = dt.datetime.now(dt.UTC)
    for growth in growths:
        head = growth.head
        entry = head_statement(head.log_id, epoch, head.size, head.root, now)
        of_instance.append(NewLeaf(leaf_hash(entry), statement=entry))
    if of_instance:
        growths.append(signer.grow(heads.get(INSTANCE), INSTANCE, epoch, of_instance))
    return Batch(growths)


def _packed(growth: Growth) -> dict[str, Any]:
    head = growth.head
    return {
        "start": growth.start,
        "note": growth.note,
        "head": [str(head.log_id), head.epoch, head.size, head.root.hex(), head.edge.hex()],
        "leaves": [
            [leaf.leaf_hash.hex(), str(leaf.event_id) if leaf.event_id else None, _text(leaf.statement)]
            for leaf in growth.leaves
        ],
        "tiles": [[tile.level, tile.index, tile.hashes.hex()] for tile in growth.tiles],
    }


def _unpacked(packed: Mapping[str, Any]) -> Growth:
    log_id, epoch, size, root, edge = packed["head"]
    return Growth(
        start=packed["start"],
        note=packed["note"],
        head=Head(UUID(log_id), epoch, size, bytes.fromhex(root), bytes.fromhex(edge)),
        leaves=[
            NewLeaf(bytes.fromhex(digest), UUID(event_id) if event_id else None, entry.encode() if entry else None)
            for digest, event_id, entry in packed["leaves"]
        ],
        tiles=[Tile(level, index, bytes.fromhex(hashes)) for level, index, hashes in packed["tiles"]],
    )


def _text(statement: bytes | None) -> str | None:
    return statement.decode() if statement is not None else None
