"""Which root keys there are, the data keys, and the wraps that say which root opens which data key."""

from typing import Any

from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from keyvault.ids import uuid7
from keyvault.keyring.derivation import KEY_ID_LENGTH, shown
from keyvault.keyring.purposes import INSTANCE_PURPOSES, Purpose, Ring
from keyvault.keyring.roots import RootKind

_RINGS = [ring.value for ring in Ring]
_PURPOSES = [purpose.value for purpose in Purpose]
_OF_THE_INSTANCE = [purpose.value for purpose in INSTANCE_PURPOSES]


def octets(field: str, length: int) -> "Exact[Any]":
    return Exact(Func(F(field), function="octet_length", output_field=IntegerField()), length)


class RootState(models.TextChoices):
    PRIMARY = "primary"
    DECRYPT_ONLY = "decrypt_only"
    RETIRED = "retired"


class RootKey(models.Model):
    """A root by its identifier. Its key is never here; the recovery root's public half is."""

    class Kind(models.TextChoices):
        RAW = RootKind.RAW.value
        PBKDF2 = RootKind.PBKDF2.value
        RECOVERY = Ring.RECOVERY.value

    id = models.BinaryField(primary_key=True, max_length=KEY_ID_LENGTH)
    ring = models.CharField(max_length=10, choices=[(ring.value, ring.value) for ring in Ring])
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=RootState.choices)
    public_key = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "crypto_rootkey"
        ordering = ["ring", "created_at"]
        constraints = [
            models.UniqueConstraint("ring", condition=Q(state=RootState.PRIMARY), name="one_primary_root_in_a_ring"),
            models.CheckConstraint(condition=octets("id", KEY_ID_LENGTH), name="root_id_is_8_bytes"),
            models.CheckConstraint(condition=Q(ring__in=_RINGS), name="root_ring_is_known"),
            models.CheckConstraint(condition=Q(kind__in=["raw", "pbkdf2", "recovery"]), name="root_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=RootState.values), name="root_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=RootState.RETIRED, retired_at__isnull=False)
                | ~Q(state=RootState.RETIRED) & Q(retired_at__isnull=True),
                name="root_has_an_end_once_retired",
            ),
            models.CheckConstraint(
                condition=Q(ring="recovery", kind="recovery", public_key__isnull=False)
                | ~Q(ring="recovery") & ~Q(kind="recovery") & Q(public_key__isnull=True, confirmed_at__isnull=True),
                name="only_recovery_has_a_public_key",
            ),
        ]

    def __str__(self) -> str:
        return shown(bytes(self.id))


class DataKeyState(models.TextChoices):
    ACTIVE = "active"
    DECRYPT_ONLY = "decrypt_only"
    SHREDDED = "shredded"


class DataKey(models.Model):
    """32 random bytes for one purpose of one organization, or of the instance (``org_id`` null).

    ``enc_count`` runs ahead of the seals: every process reserves them in blocks (:mod:`keyvault.keyring.counting`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    org_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=16, choices=[(purpose.value, purpose.value) for purpose in Purpose])
    serial = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=DataKeyState.choices, default=DataKeyState.ACTIVE)
    enc_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    shredded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "crypto_datakey"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["org_id", "purpose", "serial"], nulls_distinct=False, name="data_key_serial_is_unique"
            ),
            models.UniqueConstraint(
                fields=["org_id", "purpose"],
                condition=Q(state=DataKeyState.ACTIVE),
                nulls_distinct=False,
                name="one_active_data_key_for_a_purpose",
            ),
            models.CheckConstraint(condition=Q(serial__gte=1), name="data_key_serial_counts_from_one"),
            models.CheckConstraint(condition=Q(purpose__in=_PURPOSES), name="data_key_purpose_is_known"),
            models.CheckConstraint(condition=Q(state__in=DataKeyState.values), name="data_key_state_is_known"),
            models.CheckConstraint(
                condition=Q(purpose__in=_OF_THE_INSTANCE, org_id__isnull=True)
                | ~Q(purpose__in=_OF_THE_INSTANCE) & Q(org_id__isnull=False),
                name="data_key_has_an_organization_or_is_the_instances",
            ),
            models.CheckConstraint(
                condition=Q(state=DataKeyState.SHREDDED, shredded_at__isnull=False)
                | ~Q(state=DataKeyState.SHREDDED) & Q(shredded_at__isnull=True),
                name="data_key_has_an_end_once_shredded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.serial} ({self.id})"


class DataKeyWrap(models.Model):
    """A data key under one root; :mod:`keyvault.keyring.wraps` has the bytes."""

    pk = models.CompositePrimaryKey("datakey_id", "root_id")
    datakey = models.ForeignKey(DataKey, on_delete=models.RESTRICT, related_name="wraps")
    root = models.ForeignKey(RootKey, on_delete=models.RESTRICT, related_name="wraps")
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "crypto_datakey_wrap"
