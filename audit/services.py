"""The only writer of events. A change calls :func:`record` inside its transaction, a read before it decrypts."""

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from uuid import UUID

import django.db
from django.db import connection

from audit import folding, sink
from audit.entry import INSTANCE, JSON, TEXT_LIMIT, Outcome, Receipt, clip, compose, leaf_hash, row_mac
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row of ``audit_event``, ready for a statement of the caller's own; fields are its columns, in order."""

    id: UUID
    at: dt.datetime
    org_id: UUID
    action: str
    outcome: str
    actor_type: str
    actor_id: UUID | None
    project_id: UUID | None
    environment_id: UUID | None
    secret_id: UUID | None
    token_id: UUID | None
    target_token_id: UUID | None
    version: int | None
    address: str | None
    request_id: UUID
    reason: str
    entry: bytes
    mac_key_id: UUID
    mac: bytes

    @property
    def row(self) -> tuple[object, ...]:
        """The values of :data:`COLUMNS`."""
        row: tuple[object, ...] = _row(self)
        return row

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.id, leaf_hash(self.entry))


COLUMNS = tuple(field.name for field in fields(Prepared))

_row = attrgetter(*COLUMNS)
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
            _prepare(event_id, at, action, actor, target, outcome, reason, details or {})
            for event_id, target in zip(ids, on, strict=True)
        ]
    )


def record_folded(action: str, *, origin: Origin, reason: str) -> None:
    """A refusal of nobody in particular, folded by :mod:`audit.folding`; ``reason`` is a word of ours, never input.

    Call it outside of a transaction: the count stays where an event would be rolled back.
    """
    fold = folding.count_refusal(action, reason, origin.address)
    if fold is None:
        return
    details: dict[str, JSON] = {"count": fold.count, "block": fold.block}
    on = Target(org=None)
    record(action, actor=anonymous(origin), on=on, outcome=Outcome.DENIED, reason=reason, details=details)


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
    return _prepare(uuid7(at), at, action, actor, on, outcome, reason, details or {})


def digest_of(identifier: str) -> str:
    """How the log names an account that does not exist: people type passwords where e-mail addresses belong.

    HMAC-SHA256 under the active pepper, cut to 16 bytes, in hex; case and outer blanks do not count.
    """
    message = _DIGEST_CONTEXT + identifier.strip().casefold().encode(errors="replace")
    return hmac.digest(ring.instance_key(Purpose.PEPPER).secret, message, "sha256")[:16].hex()


def _prepare(
    event_id: UUID,
    at: dt.datetime,
    action: str,
    actor: Actor,
    on: Target,
    outcome: Outcome,
    reason: str,
    details: Mapping[str, JSON],
) -> Prepared:
    reason = clip(reason, TEXT_LIMIT)
    entry = compose(
        event_id=event_id,
        at=at,
        action=action,
        outcome=outcome,
        actor=actor,
        on=on,
        reason=reason,
        details=details,
    )
    org_id = on.org.id if on.org else INSTANCE
    key = ring.instance_key(Purpose.AUDIT_MAC)
    return Prepared(
        id=event_id,
        at=at,
        org_id=org_id,
        action=str(action),
        outcome=str(outcome),
        actor_type=str(actor.type),
        actor_id=actor.id,
        project_id=on.project.id if on.project else None,
        environment_id=on.environment.id if on.environment else None,
        secret_id=on.secret.id if on.secret else None,
        token_id=actor.token.token_id if actor.token else None,
        target_token_id=on.token.id if on.token else None,
        version=on.version,
        address=actor.origin.address,
        request_id=actor.origin.request_id,
        reason=reason,
        entry=entry,
        mac_key_id=key.id,
        mac=row_mac(key.secret, org_id, entry),
    )


def _write(events: Sequence[Prepared]) -> list[Receipt]:
    """One statement, so that outside of a transaction it is one of its own."""
    if not events:
        return []
    values = [value for event in events for value in event.row]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT + ", ".join([_VALUES] * len(events)), values)
    except django.db.Error as error:
        raise Unavailable("The event could not be written, so nothing was done.", rule="audit-unavailable") from error
    sink.write_after_commit([event.entry for event in events])
    return [event.receipt for event in events]
