"""What of the logs stands in the database: asked before anything is signed, and written in one transaction."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from audit.sealing.growth import Batch, Growth
from audit.sealing.state import Head

_LOCK = 7_526_419  # an advisory lock's number

# The logs are found by hops over the key: there are many more checkpoints than logs.
_ALL_LOGS = """
    WITH RECURSIVE log AS (
        (SELECT log_id FROM audit_checkpoint ORDER BY log_id LIMIT 1)
        UNION ALL
        SELECT (SELECT log_id FROM audit_checkpoint c WHERE c.log_id > log.log_id ORDER BY log_id LIMIT 1)
        FROM log WHERE log_id IS NOT NULL
    )
"""
_SOME_LOGS = "WITH log AS (SELECT unnest(%s::uuid[]) AS log_id)"
_HEADS = """
    SELECT newest.log_id, newest.epoch, newest.size, newest.root,
        (SELECT max(leaf_index) + 1 FROM audit_leaf l WHERE (l.log_id, l.epoch) = (newest.log_id, newest.epoch))
    FROM log, LATERAL (
        SELECT * FROM audit_checkpoint c WHERE c.log_id = log.log_id AND epoch >= %s
        ORDER BY epoch DESC, size DESC LIMIT 1
    ) AS newest
"""

FoundHead = tuple[int, int, bytes, int]
"""Epoch, size and root of a log's newest checkpoint, and the number of its leaves."""

Found = Mapping[UUID, FoundHead]


def take_the_only_place() -> bool:
    """One sealer at a time on this database, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (taken,) = cursor.fetchone()
    return bool(taken)


def found_heads(epoch: int, log_ids: Collection[UUID] | None = None) -> Found:
    """From ``epoch`` on; of all logs, or of these."""
    query, values = (_ALL_LOGS, []) if log_ids is None else (_SOME_LOGS, [list(log_ids)])
    with connection.cursor() as cursor:
        cursor.execute(query + _HEADS, [*values, epoch])
        return {log_id: (epoch, size, bytes(root), leaves) for log_id, epoch, size, root, leaves in cursor.fetchall()}


def is_unsealed() -> bool:
    """No leaf and no checkpoint of any log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM audit_leaf) AND NOT EXISTS (SELECT FROM audit_checkpoint)")
        (unsealed,) = cursor.fetchone()
    return bool(unsealed)


def write(batch: Batch) -> None:
    """Raises IntegrityError where a leaf, tile or checkpoint is already there."""
    leaves, tiles, notes = [], [], []
    for growth in batch.growths:
        head = growth.head
        leaves += _leaves(growth)
        tiles += [(head.log_id, head.epoch, tile.level, tile.index, tile.hashes) for tile in growth.tiles]
        notes.append((head.log_id, head.epoch, head.size, head.root, growth.note))
    _copy("audit_leaf (log_id, epoch, leaf_index, event_id, statement, leaf_hash)", leaves)
    _copy("audit_tile (log_id, epoch, level, tile_index, hashes)", tiles)
    _copy("audit_checkpoint (log_id, epoch, size, root, note)", notes)


def is_written(batch: Batch) -> bool:
    """The batch's own checkpoints stand there, every one."""
    found = found_heads(batch.heads[0].epoch, [head.log_id for head in batch.heads])
    return all(found.get(head.log_id, (None,))[:3] == (head.epoch, head.size, head.root) for head in batch.heads)


def say(public: bytes, host: str, trouble: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_sealer (public_key, host, looked_at, trouble) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key, host = excluded.host, "
            "looked_at = excluded.looked_at, trouble = excluded.trouble",
            [public, host, dt.datetime.now(dt.UTC), trouble],
        )


def is_behind(found: FoundHead | None, head: Head) -> bool:
    return found is None or found[:2] < (head.epoch, head.size)


def differences(known: Mapping[UUID, Head], found: Found) -> list[str]:
    """Sentences on every log that is not where it was signed last."""
    return [
        f"log {log_id}: signed up to {_told(known.get(log_id))}, the database has {_told_found(found.get(log_id))}"
        for log_id in sorted(known.keys() | found.keys())
        if not _agree(known.get(log_id), found.get(log_id))
    ]


def _agree(head: Head | None, found: FoundHead | None) -> bool:
    return head is not None and found == (head.epoch, head.size, head.root, head.size)


def _told(head: Head | None) -> str:
    return f"{head.size} ({head.root.hex()[:12]}, epoch {head.epoch})" if head else "nothing"


def _told_found(found: FoundHead | None) -> str:
    if found is None:
        return "nothing"
    epoch, size, root, leaves = found
    return f"{size} ({root.hex()[:12]}, epoch {epoch}) and {leaves} leaves"


def _leaves(growth: Growth) -> list[tuple[Any, ...]]:
    head = growth.head
    return [
        (head.log_id, head.epoch, growth.start + n, leaf.event_id, leaf.statement, leaf.leaf_hash)
        for n, leaf in enumerate(growth.leaves)
    ]


def _copy(columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    statement = psycopg.sql.SQL("COPY {} FROM STDIN").format(psycopg.sql.SQL(columns))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
