"""The only writer of events. A change calls :func:`record` inside its transaction, a read before it decrypts."""

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence

import django.db
from django.db import connection

from audit import folding, sink
from audit.entry import JSON, Outcome, Receipt
from audit.rows import COLUMNS, Prepared, row_of
from keyvault.actor import Actor, Origin, anonymous
from keyvault.errors import Unavailable
from keyvault.ids import uuid7
from keyvault.keyring import ring
from keyvault.keyring.purposes import Purpose
from keyvault.target import Target

__all__ = [
    "COLUMNS",
    "JSON",
    "Outcome",
    "Prepared",
    "Receipt",
    "digest_of",
    "prepare",
    "record",
    "record_folded",
    "record_many",
]

_DIGEST_CONTEXT = b"kv-audit-identifier-v1\0"


_INSERT = f"INSERT INTO audit_event ({', '.join(COLUMNS)}) VALUES "  # noqa: S608  names of our own
_VALUES = f"({', '.join(['%s'] * len(COLUMNS))})"


def record(
    action: str,
    *,
    actor: Actor,
    on: Target,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    details: Mapping[str, JSON] | None = None,
) -> Receipt:
    """Writes one event: in the caller's transaction if there is one, else committed when this returns.

    Raises :class:`Unavailable` if it cannot be written: then nothing may be read or changed.
    """
    return _write([prepare(action, actor=actor, on=on, outcome=outcome, reason=reason, details=details)])[0]


def record_many(
    action: str,
    *,
    actor: Actor,
    on: Sequence[Target],
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    details: Mapping[str, JSON] | None = None,
) -> list[Receipt]:
    """One event for each target, in one statement; the ids ascend in the order given. Raises :class:`Unavailable`."""
    at = dt.datetime.now(dt.UTC)
    ids = sorted(uuid7(at) for _ in on)
    return _write(
        [
            row_of(event_id, at, action, actor, target, outcome, reason, details or {})
            for event_id, target in zip(ids, on, strict=True)
        ]
    )


def record_folded(action: str, *, origin: Origin, reason: str, details: Mapping[str, JSON] | None = None) -> None:
    """A refusal of nobody in particular, folded by :mod:`audit.folding`; ``reason`` is a word of ours, never input.

    ``details`` are those of the refusal that is due; of the others in its fold only the count is kept.
    Call it outside of a transaction: the count stays where an event would be rolled back.
    """
    fold = folding.count_refusal(action, reason, origin.address)
    if fold is None:
        return
    facts: dict[str, JSON] = {**(details or {}), "count": fold.count, "block": fold.block}
    on = Target(org=None)
    record(action, actor=anonymous(origin), on=on, outcome=Outcome.DENIED, reason=reason, details=facts)


def prepare(
    action: str,
    *,
    actor: Actor,
    on: Target,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    details: Mapping[str, JSON] | None = None,
) -> Prepared:
    """An event for an INSERT of the caller's own. Once that is committed, the caller gives the entry to the sink."""
    at = dt.datetime.now(dt.UTC)
    return row_of(uuid7(at), at, action, actor, on, outcome, reason, details or {})


def digest_of(identifier: str) -> str:
    """How the log names an account that does not exist: people type passwords where e-mail addresses belong.

    HMAC-SHA256 under the active pepper, cut to 16 bytes, in hex; case and outer blanks do not count.
    """
    message = _DIGEST_CONTEXT + identifier.strip().casefold().encode(errors="replace")
    return hmac.digest(ring.instance_key(Purpose.PEPPER).secret, message, "sha256")[:16].hex()


def _write(events: Sequence[Prepared]) -> list[Receipt]:
    """One statement, so that outside of a transaction it is one of its own."""
    if not events:
        return []
    values = events[0] if len(events) == 1 else [value for event in events for value in event]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT + ", ".join([_VALUES] * len(events)), values)
    except django.db.Error as error:
        raise Unavailable("The event could not be written, so nothing was done.", rule="audit-unavailable") from error
    sink.write_after_commit([event.entry for event in events])
    return [event.receipt for event in events]
