"""That wraps open, proven by opening them: nothing is promoted or retired on the word of a row."""

from collections.abc import Collection
from uuid import UUID

from django.db import models

from keyvault.keyring.datakeys import wrapped_keys
from keyvault.keyring.models import DataKey, DataKeyWrap


def unproven(keys: models.QuerySet[DataKey], root_ids: Collection[bytes]) -> list[UUID]:
    """The keys that no wrap under one of these roots opens; this process must hold the roots."""
    rows = DataKeyWrap.objects.filter(datakey__in=keys, root_id__in=root_ids)
    proven = {wrap.slot.key_id for wrap in wrapped_keys(rows) if wrap.opens()}
    return [key_id for key_id in keys.values_list("id", flat=True) if key_id not in proven]
