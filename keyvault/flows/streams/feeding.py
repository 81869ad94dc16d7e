"""From the cursor on: leaves, to the far side, then the cursor. A crash in between sends them once more."""

import datetime as dt
import logging
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit.services import Outcome, record
from keyvault.actor import system
from keyvault.egress import RequestFailed
from keyvault.errors import CannotOpen
from keyvault.flows.streams.models import Stream
from keyvault.flows.streams.sending import send
from keyvault.flows.streams.wire import Line

AT_ONCE = 200  # leaves in one message
LEASE = dt.timedelta(minutes=2)  # longer than one message takes, see keyvault.egress
LONGEST = dt.timedelta(hours=1)
FAIL, RECOVER = "stream:fail", "stream:recover"

_TURN = 20.0  # seconds that one call goes on
_FIRST = dt.timedelta(seconds=10)
_LEAVES = """
    SELECT leaf_index, leaf_hash, entry FROM audit_leaf LEFT JOIN audit_event ON audit_event.id = audit_leaf.event_id
    WHERE log_id = %s AND epoch = %s AND leaf_index >= %s ORDER BY leaf_index LIMIT %s
"""
_BEHIND = (
    "SELECT count(*) FROM audit_leaf WHERE log_id = %s AND (epoch, leaf_index) >= (%s, %s) AND event_id IS NOT NULL"
)
_NEXT_EPOCH = "SELECT min(epoch) FROM audit_leaf WHERE log_id = %s AND epoch > %s"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Leaves of one epoch; ``end`` is the index behind them. Of a pruned event and of a statement there is no line."""

    lines: list[Line]
    end: int


def feed(stream_id: UUID) -> int:
    """Sends what there is, for some seconds; returns how many events. A second worker returns at once."""
    stream = _take(stream_id)
    if stream is None:
        return 0
    sent, until = 0, time.monotonic() + _TURN
    try:
        while time.monotonic() < until and (piece := _next(stream)):
            if piece.lines:
                send(stream, piece.lines)
            _advance(stream, piece)
            sent += len(piece.lines)
    except (RequestFailed, OSError, CannotOpen) as problem:
        _put_off(stream, problem)
        return sent
    _release(stream)
    return sent


def behind(stream: Stream) -> int:
    """How many events wait to be sent."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [stream.log_id, stream.epoch, stream.next_index])
        (count,) = cursor.fetchone()
    return int(count)


def _take(stream_id: UUID) -> Stream | None:
    taken = Stream.objects.due().filter(pk=stream_id).update(busy_until=timezone.now() + LEASE)
    return Stream.objects.select_related("org").get(pk=stream_id) if taken else None


def _next(stream: Stream) -> _Piece | None:
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [stream.log_id, stream.epoch, stream.next_index, AT_ONCE])
        rows = cursor.fetchall()
        if not rows:
            return _begin_next_epoch(stream)
    log = str(stream.log_id)
    lines = [Line(log, stream.epoch, at, bytes(digest), bytes(entry)) for at, digest, entry in rows if entry]
    return _Piece(lines, rows[-1][0] + 1)


def _begin_next_epoch(stream: Stream) -> _Piece | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_EPOCH, [stream.log_id, stream.epoch])
        (epoch,) = cursor.fetchone()
    if epoch is None:
        return None
    stream.epoch = epoch
    return _Piece([], 0)


def _advance(stream: Stream, piece: _Piece) -> None:
    """With what went well the failures end."""
    recovered = stream.failures
    stream.next_index, stream.failures, stream.last_error = piece.end, 0, ""
    stream.busy_until = timezone.now() + LEASE
    if piece.lines:
        stream.sent_at = timezone.now()
    with transaction.atomic(durable=True):
        stream.save(update_fields=["epoch", "next_index", "failures", "last_error", "busy_until", "sent_at"])
        if recovered:
            record(RECOVER, actor=system("stream"), on=stream.target, details={"failures": recovered})


def _put_off(stream: Stream, problem: Exception) -> None:
    """Longer each time, up to an hour. The first failure is an event; its text is none of the far side's."""
    _log.warning("stream %s was not taken: %s", stream.pk, type(problem).__name__)
    wait = min(_FIRST * 2 ** min(stream.failures, 16), LONGEST)
    began = not stream.failures
    stream.failures += 1
    stream.retry_at, stream.busy_until = timezone.now() + wait, None
    stream.last_error = f"It was not taken ({type(problem).__name__})."
    with transaction.atomic(durable=True):
        stream.save(update_fields=["failures", "retry_at", "busy_until", "last_error"])
        if began:
            outcome, reason = Outcome.ERROR, type(problem).__name__
            record(FAIL, actor=system("stream"), on=stream.target, outcome=outcome, reason=reason)


def _release(stream: Stream) -> None:
    Stream.objects.filter(pk=stream.pk).update(busy_until=None)
