"""What the database keeps of a token: a keyed digest to find it by, and a MAC over all that it permits. Pure.

    digest = HMAC-SHA256(pepper, "kv-token-v1" 00 || token)
    mac    = HMAC-SHA256(pepper, "kv-token-row-v1" 00 || fields)

The fields, in the order of :class:`Bound`, each as LP(x) = ``u32be length || x``:

    UUID          its 16 bytes, or nothing where there is none
    text          UTF-8
    list of text  LP of each element, inside the LP of the list; in the order of the row
    yes or no     01 or 00
    moment        i64be microseconds since 1970-01-01 UTC

The last four, which came later, are left out where none of them says anything: a row that was bound before they came
is bound still, and nobody can take them from a row or add them to one without another MAC.

So no two rows give the same bytes. NOTE: both are stored; ``tests/tokens/test_integrity.py`` holds golden ones.
"""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from keyvault.keyring.framing import length_prefixed

_DIGEST_CONTEXT = b"kv-token-v1\0"
_ROW_CONTEXT = b"kv-token-row-v1\0"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bound:
    """What the decision reads of a row. ``state`` is not here: it changes by sets of rows, and a trigger guards it."""

    id: UUID
    digest: bytes
    org_id: UUID
    kind: str
    membership_id: UUID | None
    service_id: UUID | None
    project_id: UUID | None
    environment_id: UUID | None
    prefixes: Sequence[str]
    verbs: Sequence[str]
    networks: Sequence[str]
    origins: Sequence[str]
    may_reveal_production: bool
    expires_at: dt.datetime
    parent_id: UUID | None
    server_calls: bool = False
    websocket: bool = False
    endpoints: Sequence[str] = ()
    line_id: UUID | None = None


def digest(pepper: bytes, token: str) -> bytes:
    """32 bytes."""
    return hmac.digest(pepper, _DIGEST_CONTEXT + token.encode("ascii"), "sha256")


def row_mac(pepper: bytes, row: Bound) -> bytes:
    """32 bytes."""
    return hmac.digest(pepper, _ROW_CONTEXT + encode(row), "sha256")


def is_authentic(pepper: bytes, row: Bound, mac: bytes) -> bool:
    return hmac.compare_digest(row_mac(pepper, row), mac)


def encode(row: Bound) -> bytes:
    return length_prefixed(
        row.id.bytes,
        row.digest,
        row.org_id.bytes,
        row.kind.encode(),
        _uuid(row.membership_id),
        _uuid(row.service_id),
        _uuid(row.project_id),
        _uuid(row.environment_id),
        _texts(row.prefixes),
        _texts(row.verbs),
        _texts(row.networks),
        _texts(row.origins),
        bytes([row.may_reveal_production]),
        ((row.expires_at - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True),
        _uuid(row.parent_id),
    ) + _at_the_gateway(row)


def _at_the_gateway(row: Bound) -> bytes:
    if not (row.server_calls or row.websocket or row.endpoints or row.line_id):
        return b""
    flags = (bytes([row.server_calls]), bytes([row.websocket]))
    return length_prefixed(*flags, _texts(row.endpoints), _uuid(row.line_id))


def _uuid(value: UUID | None) -> bytes:
    return value.bytes if value else b""


def _texts(values: Sequence[str]) -> bytes:
    return length_prefixed(*(value.encode() for value in values))
