"""Merkle trees as in RFC 6962 §2.1 and RFC 9162 §2.1: hashes, roots, inclusion and consistency proofs. Pure.

A leaf is SHA-256(00 || entry), see :func:`audit.entry.leaf_hash`; a node is SHA-256(01 || left || right); the root of
no leaves is SHA-256 of nothing. Every hash has 32 bytes.
"""

import hashlib
from collections.abc import Callable, Sequence

HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Subtrees = Callable[[int, int], bytes]
"""(level, index) → the hash of the ``index``-th complete subtree of 2^level leaves."""


class ProofRefused(ValueError):
    """The proof does not lead from what it should prove to the root."""


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Of leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    return range_hash(0, len(leaves), _subtrees_of(leaves))


def range_hash(start: int, end: int, subtrees: Subtrees) -> bytes:
    """MTH(D[start:end]) of RFC 6962; ``start`` is a multiple of the largest power of two below the range's length."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtrees(level, start >> level)
    split = _split(size)
    return node_hash(range_hash(start, start + split, subtrees), range_hash(start + split, end, subtrees))


def inclusion_proof(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """PATH(index, D[size]): what leads from the leaf to the root of the first ``size`` leaves."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(range_hash(middle, end, subtrees))
            end = middle
        else:
            proof.append(range_hash(start, middle, subtrees))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, subtrees: Subtrees) -> list[bytes]:
    """PROOF(old, D[new]): that the first ``old`` leaves of both trees are the same. Empty for equal sizes."""
    if not 0 < old <= new:
        raise ValueError("no such sizes")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_hash(middle, end, subtrees))
            end = middle
        else:
            proof.append(range_hash(start, middle, subtrees))
            start, whole = middle, False
    if not whole:
        proof.append(range_hash(start, end, subtrees))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 §2.1.3.2. Raises ProofRefused."""
    if not 0 <= index < size:
        raise ProofRefused("no such leaf")
    node, last, current = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if node & 1 or node == last:
            current = node_hash(step, current)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = node_hash(current, step)
        node, last = node >> 1, last >> 1
    if last or current != root:
        raise ProofRefused("the proof does not lead to the root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162 §2.1.4.2. Raises ProofRefused."""
    if not 0 < old <= new:
        raise ProofRefused("no such sizes")
    if old == new:
        if proof or old_root != new_root:
            raise ProofRefused("trees of one size have one root")
        return
    if not proof:
        raise ProofRefused("the proof is too short")
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, step)
        node, last = node >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise ProofRefused("the proof does not lead to both roots")


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtrees_of(leaves: Sequence[bytes]) -> Subtrees:
    def subtree(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))

    return subtree
