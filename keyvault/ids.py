"""Identifiers: UUIDs of version 7 (RFC 9562 §5.7), so that a row's key says when it was made."""

import datetime as dt
import os
import time
from collections import deque
from uuid import UUID

_VERSION_MASK = 0xF << 76
_VARIANT_MASK = 0x3 << 62
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_TAIL = 8  # bytes of randomness in a key
_AT_ONCE = 512  # keys for one call of the system, which costs more than all the rest of a key

_tails: deque[int] = deque()
os.register_at_fork(after_in_child=_tails.clear)  # parent and child would hand out the same


def uuid7(moment: dt.datetime | None = None) -> UUID:
    """48 bits of Unix milliseconds of ``moment`` (or of now), 12 of the fraction below, 62 random.

    The fraction (RFC 9562 §6.2 method 3) makes what one process does in turn sort in turn.
    """
    microseconds = time.time_ns() // 1000 if moment is None else (moment - _EPOCH) // dt.timedelta(microseconds=1)
    milliseconds, rest = divmod(microseconds, 1000)
    return _uuid7(milliseconds, (rest * 4096 // 1000) << 64 | _random_tail())


def uuid7_floor(moment: dt.datetime) -> UUID:
    """The lowest key of that millisecond, without version bits: a bound for ranges, never an identifier."""
    return UUID(int=(moment - _EPOCH) // dt.timedelta(milliseconds=1) << 80)


def uuid7_time(key: UUID) -> dt.datetime:
    """When the key was made, to the millisecond, in UTC."""
    return dt.datetime.fromtimestamp((key.int >> 80) / 1000, tz=dt.UTC)


def _random_tail() -> int:
    """Each is given once, to whichever thread asks: taking from a deque is one step."""
    try:
        return _tails.popleft()
    except IndexError:
        drawn = os.urandom(_TAIL * _AT_ONCE)
        _tails.extend(int.from_bytes(drawn[at : at + _TAIL]) for at in range(_TAIL, len(drawn), _TAIL))
        return int.from_bytes(drawn[:_TAIL])


def _uuid7(milliseconds: int, tail: int) -> UUID:
    number = milliseconds << 80 | tail
    return UUID(int=number & ~_VERSION_MASK & ~_VARIANT_MASK | 0x7 << 76 | 0x2 << 62)
