"""The key ring's front door: seal and open values, look up instance keys.

The plaintext of a key lives for one call. The one exception opens nothing: the key that vouches for events is used by
every act, and unwrapping it anew was a seventh of the time of an append. It is kept as long as the choice of it.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from keyvault.errors import CannotOpen, Unavailable
from keyvault.keyring import counting, envelope, held
from keyvault.keyring.datakeys import WrappedKey, find_active, find_wrapped, is_committed, make_data_keys
from keyvault.keyring.envelope import Context, ValueContext, key_id_of
from keyvault.keyring.fingerprints import fingerprint_of
from keyvault.keyring.held import held_root_ids
from keyvault.keyring.purposes import INSTANCE_PURPOSES, ORGANIZATION_PURPOSES, Purpose
from keyvault.keyring.readiness import check, notices, require_ready
from keyvault.keyring.wraps import KeySlot

__all__ = [
    "InstanceKey",
    "ValueContext",
    "after_fork",
    "check",
    "create_organization_keys",
    "fingerprint",
    "fingerprints",
    "forget",
    "held_root_ids",
    "instance_key",
    "instance_key_by_id",
    "key_id_of",
    "notices",
    "open_value",
    "open_values",
    "require_ready",
    "seal_value",
    "unwrap",
]

_FRESH = 60.0  # seconds that the choice of the active key is kept: so long may a process seal under the previous one
_MOST = 4096

_Slot = tuple[Purpose, UUID | None]

_active: dict[_Slot, tuple[float, WrappedKey]] = {}
_instance: dict[UUID, WrappedKey] = {}
_vouching: tuple[WrappedKey, "InstanceKey"] | None = None
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class InstanceKey:
    """A key of the instance: 32 bytes for a MAC or a cipher, and the id that goes into what it signs or seals."""

    id: UUID
    purpose: Purpose
    secret: bytes = field(repr=False)


def create_organization_keys(org_id: UUID) -> None:
    """In the transaction that makes the organization. Raises Unavailable when no root of this process may wrap them."""
    make_data_keys(ORGANIZATION_PURPOSES, org_id)


def seal_value(context: Context, value: bytes) -> bytes:
    """The envelope of ``value`` under the active key of the context's purpose. Raises Unavailable without one."""
    key = _active_key(context.purpose, context.org)
    counting.count_seal(key.slot.key_id)
    return envelope.seal(key.slot.key_id, key.open(), context, value)


def open_value(context: Context, sealed: bytes) -> bytes:
    """Raises CannotOpen when it was altered, belongs elsewhere, or lies under a key this process cannot open."""
    return open_values([(context, sealed)])[0]


def open_values(sealed: Sequence[tuple[Context, bytes]]) -> list[bytes]:
    """All or none, in the order given, with one query. Raises CannotOpen as ``open_value`` does."""
    keys = find_wrapped({key_id_of(blob) for _, blob in sealed})
    return [envelope.unseal(_key_for(context, keys.get(key_id_of(blob))), context, blob) for context, blob in sealed]


def fingerprint(org_id: UUID, value: bytes) -> bytes | None:
    """16 bytes by which the organization finds equal values; None for a value that is not searchable."""
    return fingerprints(org_id, [value])[0]


def fingerprints(org_id: UUID, values: Sequence[bytes]) -> list[bytes | None]:
    key = _active_key(Purpose.FINGERPRINT, org_id).open()
    return [fingerprint_of(key, value) for value in values]


def instance_key(purpose: Purpose) -> InstanceKey:
    """The active one. Raises Unavailable before ``keys init``."""
    global _vouching  # noqa: PLW0603  a pair, so that it is replaced as one
    key, kept = _active_key(purpose, None), _vouching
    if kept and kept[0] is key:
        return kept[1]
    opened = InstanceKey(key.slot.key_id, key.slot.purpose, key.open())
    if purpose is Purpose.AUDIT_MAC:
        _vouching = key, opened
    return opened


def instance_key_by_id(key_id: UUID) -> InstanceKey:
    """The one that signed or sealed something earlier. Raises CannotOpen for a key that is not the instance's."""
    key = _instance.get(key_id) or find_wrapped([key_id]).get(key_id)
    if key is None or key.slot.purpose not in INSTANCE_PURPOSES:
        raise _cannot_open(key_id)
    if is_committed(key_id):
        _instance[key_id] = key
    return InstanceKey(key_id, key.slot.purpose, key.open())


def unwrap(key_id: UUID, purpose: Purpose, org_id: UUID | None, root_id: bytes, wrapped: bytes) -> bytes:
    """The data key (32 bytes) of a wrap that the caller fetched for one of ``held_root_ids()``. Raises CannotOpen."""
    return WrappedKey(KeySlot(key_id, purpose, org_id), root_id, wrapped).open()


def forget() -> None:
    """Drops what was read from the database: after a ceremony, or when tests change the database."""
    global _vouching  # noqa: PLW0603
    with _lock:
        _vouching = None
        _active.clear()
        _instance.clear()


def after_fork() -> None:
    global _lock  # noqa: PLW0603  a child must not inherit a lock that is taken
    _lock = threading.Lock()
    counting.after_fork()
    held.after_fork()


def _active_key(purpose: Purpose, org_id: UUID | None) -> WrappedKey:
    chosen = _active.get((purpose, org_id))
    return chosen[1] if chosen and time.monotonic() < chosen[0] else _choose(purpose, org_id)


def _choose(purpose: Purpose, org_id: UUID | None) -> WrappedKey:
    key = find_active(purpose, org_id)
    if key is None:
        raise Unavailable(f"No active {purpose} key can be opened: see manage.py keys status")
    if is_committed(key.slot.key_id):
        _remember(purpose, org_id, key)
    return key


def _remember(purpose: Purpose, org_id: UUID | None, key: WrappedKey) -> None:
    with _lock:
        if len(_active) >= _MOST:
            _active.clear()
        _active[purpose, org_id] = (time.monotonic() + _FRESH, key)


def _key_for(context: Context, key: WrappedKey | None) -> bytes:
    """A key of another organization or purpose would fail in the cipher too; it is not even opened."""
    if key is None or (key.slot.purpose, key.slot.org) != (context.purpose, context.org):
        raise CannotOpen
    return key.open()


def _cannot_open(key_id: UUID) -> CannotOpen:
    return CannotOpen(f"Instance key {key_id} cannot be opened")
