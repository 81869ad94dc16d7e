"""How often a data key has sealed, counted in blocks reserved ahead, so that no row is written at every seal."""

import threading
from uuid import UUID

from django.db import connection

_BLOCK = 1000

# A transaction that holds the row already is not waited for, which could deadlock: the debt goes into a later block.
_RESERVE = """
    UPDATE crypto_datakey SET enc_count = enc_count + %s
    WHERE id = (SELECT id FROM crypto_datakey WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""

_lock = threading.Lock()
_left: dict[UUID, int] = {}


def count_seal(key_id: UUID) -> None:
    """NOTE: a transaction rolled back takes its block with it, and a fork starts another: 1000 seals of 2^31."""
    with _lock:
        left = _left[key_id] = _left.get(key_id, 0) - 1
    if left < 0 and _reserve(key_id):
        with _lock:
            _left[key_id] += _BLOCK


def after_fork() -> None:
    """A child reserves blocks of its own and must not inherit a lock that is taken."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _left.clear()


def _reserve(key_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [_BLOCK, key_id])
        return bool(cursor.rowcount)
