"""How long requests took, in few numbers that can be added. Pure."""

from bisect import bisect_left

BOUNDS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
"""Milliseconds: the first bucket holds what took no longer than the first of these, the last what took longer than all.

NOTE: rows of :class:`gateway.models.Hour` hold one number for each bucket.
"""
BUCKETS = len(BOUNDS) + 1


def bucket_of(milliseconds: int) -> int:
    return bisect_left(BOUNDS, milliseconds)
