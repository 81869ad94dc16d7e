"""How a data key of an organization ends: another one succeeds it, and once nothing lies under it, it opens nothing."""

from collections.abc import Iterable
from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from keyvault.keyring.datakeys import make_data_keys
from keyvault.keyring.models import DataKey, DataKeyState, DataKeyWrap
from keyvault.keyring.purposes import Purpose


def succeed_data_keys(purposes: Iterable[Purpose], org_id: UUID) -> list[DataKey]:
    """New keys seal from now on, and those before them only open. In the caller's ceremony."""
    wanted = list(purposes)
    active = DataKey.objects.filter(org_id=org_id, purpose__in=wanted, state=DataKeyState.ACTIVE)
    serials = {Purpose(key.purpose): key.serial + 1 for key in active.select_for_update()}
    active.update(state=DataKeyState.DECRYPT_ONLY)
    return make_data_keys([purpose for purpose in wanted if purpose in serials], org_id, serials)


def superseded_keys(org_id: UUID) -> models.QuerySet[DataKey]:
    """Those that only open."""
    return DataKey.objects.filter(org_id=org_id, state=DataKeyState.DECRYPT_ONLY)


def living_keys(org_id: UUID) -> models.QuerySet[DataKey]:
    return DataKey.objects.filter(org_id=org_id).exclude(state=DataKeyState.SHREDDED)


def shred_keys(keys: Iterable[DataKey]) -> int:
    """Their wraps are gone, and with them what the keys were. Returns how many wraps; the caller holds the rows."""
    key_ids = [key.pk for key in keys]
    wraps, _ = DataKeyWrap.objects.filter(datakey_id__in=key_ids).delete()
    DataKey.objects.filter(pk__in=key_ids).update(state=DataKeyState.SHREDDED, shredded_at=Now())
    return wraps
