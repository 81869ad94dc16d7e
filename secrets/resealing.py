"""The versions as a shelf of envelopes, for key ceremonies: moved under another data key, or erased with all keys."""

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from keyvault.keyring.resealing import Lying, Shelf
from keyvault.keyring.ring import key_id_of
from keyvault.secrets.models import SecretVersion
from keyvault.secrets.sealing import context_of


def _under(key_ids: Collection[UUID], after: UUID, most: int) -> list[Lying]:
    """Row and place in one statement: an envelope that moved in between is not taken for one that is broken."""
    rows = SecretVersion.objects.filter(datakey_id__in=key_ids, envelope__isnull=False, pk__gt=after)
    found = rows.select_related("secret__environment").order_by("pk")[:most]
    return [Lying(row.pk, context_of(row.secret, row.version), bytes(row.envelope or b"")) for row in found]


def _swap(row: UUID, old: bytes, new: bytes) -> bool:
    same = SecretVersion.objects.filter(pk=row, envelope=old)
    return bool(same.update(envelope=new, datakey_id=key_id_of(new)))


def _erase(org_id: UUID, most: int) -> int:
    """Number, author and date stay."""
    rows = SecretVersion.objects.filter(org_id=org_id, envelope__isnull=False).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:most])
    return SecretVersion.objects.filter(pk__in=ids, envelope__isnull=False).update(
        envelope=None, fingerprint=None, destroyed_at=timezone.now()
    )


VERSIONS = Shelf(SecretVersion._meta.db_table, _under, _swap, _erase)
