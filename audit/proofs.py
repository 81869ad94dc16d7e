"""Proofs from the stored tiles and leaves: that an event is in its log, and that a log only ever grew."""

from functools import cache
from uuid import UUID

from audit.merkle import HASH, consistency_proof, inclusion_proof
from audit.models import Checkpoint, Leaf, Tile
from audit.tiles import BITS, WIDTH, Hashes, joined, subtrees_of


def newest_checkpoint(log_id: UUID) -> Checkpoint | None:
    return Checkpoint.objects.filter(log_id=log_id).order_by("-epoch", "-size").first()


def checkpoint_over(leaf: Leaf) -> Checkpoint | None:
    """The newest one of the leaf's own epoch."""
    return Checkpoint.objects.filter(log_id=leaf.log_id, epoch=leaf.epoch).order_by("-size").first()


def leaf_of(event_id: UUID, log_id: UUID) -> Leaf | None:
    """None while the event waits for its seal, and in any log but its own."""
    return Leaf.objects.filter(event_id=event_id, log_id=log_id).first()


def prove_inclusion(leaf: Leaf, checkpoint: Checkpoint) -> list[bytes]:
    return inclusion_proof(leaf.leaf_index, checkpoint.size, subtrees_of(_hashes(checkpoint)))


def prove_growth(since: int, checkpoint: Checkpoint) -> list[bytes]:
    """That the log was only added to since it had ``since`` leaves. Raises ValueError for no such size."""
    return consistency_proof(since, checkpoint.size, subtrees_of(_hashes(checkpoint)))


def _hashes(checkpoint: Checkpoint) -> Hashes:
    log = {"log_id": checkpoint.log_id, "epoch": checkpoint.epoch}

    @cache
    def tile(level: int, index: int) -> bytes:
        full = Tile.objects.filter(**log, level=level, tile_index=index).values_list("hashes", flat=True).first()
        if full is not None:
            return bytes(full)
        return leaves(index) if level == 0 else b"".join(root(level - 1, n) for n in below(level, index))

    def leaves(index: int) -> bytes:
        rows = Leaf.objects.filter(**log, leaf_index__gte=index * WIDTH, leaf_index__lt=(index + 1) * WIDTH)
        return b"".join(bytes(leaf) for leaf in rows.order_by("leaf_index").values_list("leaf_hash", flat=True))

    def below(level: int, index: int) -> range:
        return range(index * WIDTH, min((index + 1) * WIDTH, checkpoint.size >> BITS * level))

    def root(level: int, index: int) -> bytes:
        hashes = tile(level, index)
        return joined([hashes[at : at + HASH] for at in range(0, len(hashes), HASH)])

    return tile
