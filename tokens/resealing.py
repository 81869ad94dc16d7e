"""Sealed tokens as a shelf of envelopes, for key ceremonies."""

from collections.abc import Collection
from uuid import UUID

from keyvault.keyring.resealing import Lying, Shelf
from keyvault.keyring.ring import key_id_of
from tokens.models import SealedToken
from tokens.sealing import TokenContext


def _under(key_ids: Collection[UUID], after: UUID, most: int) -> list[Lying]:
    rows = SealedToken.objects.filter(datakey_id__in=key_ids, pk__gt=after).order_by("pk")[:most]
    return [
        Lying(row.pk, TokenContext(row.org_id, row.token_id, row.offered_to_id), bytes(row.envelope)) for row in rows
    ]


def _swap(row: UUID, old: bytes, new: bytes) -> bool:
    same = SealedToken.objects.filter(pk=row, envelope=old)
    return bool(same.update(envelope=new, datakey_id=key_id_of(new)))


def _erase(org_id: UUID, most: int) -> int:
    """The row too: it holds nothing else."""
    ids = list(SealedToken.objects.filter(org_id=org_id).order_by("pk").values_list("pk", flat=True)[:most])
    erased, _ = SealedToken.objects.filter(pk__in=ids).delete()
    return erased


SEALED_TOKENS = Shelf(SealedToken._meta.db_table, _under, _swap, _erase)
