"""Events of the gateway, which holds no audit key.

Their row MAC is under the instance's ``journal`` key, which the gateway's root opens. That key vouches for the acts
below and for no other: whoever steals a gateway can invent refusals and unsealings, and can neither invent nor vouch
for a reveal, a rotation or a change of rights. The sealer and the verifier hold every row to it
(:class:`audit.projection.MacKeys`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import django.db
from django.db import connection

from audit import sink
from audit.entry import JSON, Outcome
from audit.rows import COLUMNS, Prepared, row_of
from keyvault.actor import Actor
from keyvault.errors import Unavailable
from keyvault.ids import uuid7
from keyvault.keyring.purposes import Purpose
from keyvault.target import Target

UNSEAL = "secret:unseal"
REFUSE = "gateway:refuse"
KEY_REJECTED = "gateway:key-rejected"
USE = "gateway:use"
JOURNAL_SPOILED = "gateway:journal-spoiled"
GATEWAY_ACTS = frozenset({UNSEAL, REFUSE, KEY_REJECTED, USE, JOURNAL_SPOILED})

_INSERT = f"INSERT INTO audit_event ({', '.join(COLUMNS)}) VALUES "  # noqa: S608  names of our own
_VALUES = f"({', '.join(['%s'] * len(COLUMNS))})"


def prepare_by_gateway(
    action: str,
    *,
    actor: Actor,
    on: Target,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    details: Mapping[str, JSON] | None = None,
) -> Prepared:
    """An event for an INSERT of the caller's own, as :func:`audit.services.prepare` makes it elsewhere."""
    if action not in GATEWAY_ACTS:
        raise ValueError(f"{action} is no act of the gateway")
    at = dt.datetime.now(dt.UTC)
    return row_of(uuid7(at), at, action, actor, on, outcome, reason, details or {}, vouched_by=Purpose.JOURNAL)


def write_by_gateway(events: Sequence[Prepared]) -> None:
    """In one statement, in the caller's transaction or its own. Raises Unavailable where they cannot be written."""
    if not events:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT + ", ".join([_VALUES] * len(events)), [v for event in events for v in event])
    except django.db.Error as error:
        raise Unavailable("The event could not be written.", rule="audit-unavailable") from error
    sink.write_after_commit([event.entry for event in events])
