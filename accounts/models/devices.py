"""Second factors of our own, as devices of django-otp: a session is verified by one of them."""

from django.db import models
from django_otp.models import Device

from accounts.models.user import User
from keyvault.ids import uuid7
from keyvault.keyring.fields import SealedTextField

RECOVERY_CODES = "Recovery codes"


class OwnDevice(Device):  # type: ignore[misc]  # django-otp has no types
    """With a UUID for a key, which sealed fields are bound to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def persistent_id(self) -> str:
        """As a number: that is what django-otp makes of the part behind the slash."""
        return f"{self.model_label()}/{self.id.int}"


class TotpDevice(OwnDevice):
    """An authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds).

    ``key`` is base32 of 20 bytes. ``last_counter`` is the time step of the newest code that was accepted: that code and
    all before it are spent.
    """

    key = SealedTextField()
    last_counter = models.BigIntegerField(default=0)


class RecoveryCodes(OwnDevice):
    """The sheet of codes that a person keeps for the day their device is lost. On its own it is no second factor."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], name="one_sheet_of_recovery_codes_per_person")]


class RecoveryCode(models.Model):
    """One code of a sheet, as a digest (:mod:`accounts.recovery_codes`). ``used_at`` set: spent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sheet = models.ForeignKey(RecoveryCodes, on_delete=models.CASCADE, related_name="codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "digest"], name="recovery_code_is_once_on_its_sheet")]

    def __str__(self) -> str:
        return "a recovery code"
