"""Data keys in the database: made with all their wraps, and found with one wrap that this process can open."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef

from keyvault.errors import CannotOpen, Unavailable
from keyvault.keyring import wraps
from keyvault.keyring.held import held_root, held_root_ids, held_roots
from keyvault.keyring.models import DataKey, DataKeyState, DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import PURPOSES_OF_RING, Purpose, Ring
from keyvault.keyring.turns import hold_ring_still
from keyvault.keyring.wraps import KeySlot

# Made here and not committed yet, or never: such a key must not outlive its transaction in a cache.
_uncommitted: set[UUID] = set()


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as the database has it. Opening costs some microseconds, so nothing keeps the opened key."""

    slot: KeySlot
    root_id: bytes
    wrapped: bytes

    def open(self) -> bytes:
        """The key, 32 bytes. Raises CannotOpen."""
        return wraps.unwrap(held_root(self.root_id), self.slot, self.wrapped)

    def opens(self) -> bool:
        try:
            self.open()
        except CannotOpen:
            return False
        return True


def make_data_keys(
    purposes: Iterable[Purpose], org_id: UUID | None, serials: Mapping[Purpose, int] = MappingProxyType({})
) -> list[DataKey]:
    """A key of each purpose, wrapped under every root in use that this process holds, and for recovery.

    It is the first of its purpose unless ``serials`` says which. Raises Unavailable when the process holds no root in
    use of the main ring: nobody could open the keys.
    """
    with transaction.atomic():
        hold_ring_still()
        roots = list(RootKey.objects.exclude(state=RootState.RETIRED))
        keys = [DataKey(org_id=org_id, purpose=each, serial=serials.get(each, 1)) for each in purposes]
        DataKey.objects.bulk_create(keys)
        DataKeyWrap.objects.bulk_create([wrap for key in keys for wrap in _first_wraps(key, roots)])
        _remember_until_committed({key.id for key in keys})
    return keys


def find_wrapped(key_ids: Collection[UUID]) -> dict[UUID, WrappedKey]:
    """One query. Keys that are shredded, or that no root of this process opens, are absent."""
    rows = DataKeyWrap.objects.filter(datakey_id__in=key_ids, root_id__in=held_root_ids())
    return {wrapped.slot.key_id: wrapped for wrapped in wrapped_keys(rows)}


def find_active(purpose: Purpose, org_id: UUID | None) -> WrappedKey | None:
    """The key that seals now. None when there is none, or none that a root of this process opens."""
    rows = DataKeyWrap.objects.filter(datakey__purpose=purpose, datakey__state=DataKeyState.ACTIVE)
    rows = rows.filter(datakey__org_id=org_id) if org_id else rows.filter(datakey__org_id__isnull=True)
    return next(iter(wrapped_keys(rows.filter(root_id__in=held_root_ids()))), None)


def wrapped_keys(rows: models.QuerySet[DataKeyWrap]) -> list[WrappedKey]:
    """The wraps of these rows whose data keys live."""
    live = rows.exclude(datakey__state=DataKeyState.SHREDDED)
    columns = live.values_list("datakey_id", "datakey__purpose", "datakey__org_id", "root_id", "wrapped")
    return [
        WrappedKey(KeySlot(key_id, Purpose(purpose), org_id), bytes(root_id), bytes(wrapped))
        for key_id, purpose, org_id, root_id, wrapped in columns
    ]


def live_keys(*rings: Ring) -> models.QuerySet[DataKey]:
    """Every key that still opens something, of the purposes that any of the rings opens."""
    purposes = {purpose for ring in rings for purpose in PURPOSES_OF_RING[ring]}
    return DataKey.objects.filter(purpose__in=purposes).exclude(state=DataKeyState.SHREDDED)


def keys_without(root: RootKey) -> models.QuerySet[DataKey]:
    """Live keys of the root's ring that it does not wrap."""
    return live_keys(Ring(root.ring)).exclude(Exists(wraps_of_key().filter(root=root)))


def wraps_of_key() -> models.QuerySet[DataKeyWrap]:
    """For a subquery on data keys."""
    return DataKeyWrap.objects.filter(datakey=OuterRef("pk"))


def is_committed(key_id: UUID) -> bool:
    return key_id not in _uncommitted


def wrap_under(root: RootKey, slot: KeySlot, key: bytes) -> DataKeyWrap | None:
    """Not saved. None when this process does not hold the root, or when its ring has no part in the purpose."""
    if slot.purpose not in PURPOSES_OF_RING[Ring(root.ring)]:
        return None
    wrapped = _wrapped_bytes(root, slot, key)
    return DataKeyWrap(datakey_id=slot.key_id, root=root, wrapped=wrapped) if wrapped else None


def slot_of(key: DataKey) -> KeySlot:
    return KeySlot(key.id, Purpose(key.purpose), key.org_id)


def _first_wraps(key: DataKey, roots: Sequence[RootKey]) -> list[DataKeyWrap]:
    secret = os.urandom(32)
    made = [wrap for root in roots if (wrap := wrap_under(root, slot_of(key), secret))]
    if not any(wrap.root.ring == Ring.MAIN for wrap in made):
        raise Unavailable("No data key can be made: this process holds no root key of this database's main ring")
    return made


def _wrapped_bytes(root: RootKey, slot: KeySlot, key: bytes) -> bytes | None:
    if root.ring == Ring.RECOVERY:
        return wraps.wrap_for_recovery(bytes(root.public_key or b""), slot, key)
    held = held_roots(Ring(root.ring)).get(bytes(root.id))
    return wraps.wrap(held, slot, key) if held else None


def _remember_until_committed(key_ids: set[UUID]) -> None:
    _uncommitted.update(key_ids)
    transaction.on_commit(partial(_uncommitted.difference_update, key_ids))
