"""Second factors: which a person has, and whether a code is one of theirs, now, for the first time.

Their acts, with permission and event, are in ``keyvault.flows.factors``; whatever changes a row here expects to be
inside their transaction.
"""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from accounts import recovery_codes
from accounts.models import RECOVERY_CODES, RecoveryCode, RecoveryCodes, TotpDevice, User
from accounts.totp import matching_counter

_KINDS = {TotpDevice: "app", WebAuthnCredential: "passkey", RecoveryCodes: "recovery-code"}


def has_factor(user: User | AnonymousUser) -> bool:
    """Recovery codes alone are none: whoever has only those would be asked for a code and could never enrol."""
    if not isinstance(user, User):
        return False
    return TotpDevice.objects.filter(user=user, confirmed=True).exists() or has_passkey(user)


def has_passkey(user: User) -> bool:
    return bool(WebAuthnCredential.objects.filter(user=user, confirmed=True).exists())


def factors_of(user: User) -> list[Device]:
    """The oldest first."""
    apps = TotpDevice.objects.filter(user=user, confirmed=True)
    passkeys = WebAuthnCredential.objects.filter(user=user, confirmed=True)
    return sorted([*apps, *passkeys], key=lambda device: device.created_at)


def find_factor(user: User, key: str) -> Device | None:
    """By :func:`key_of`; one of the person's own, or none."""
    return next((device for device in factors_of(user) if key_of(device) == key), None)


def key_of(device: Device) -> str:
    """How a page names a device: ``app-…`` or ``passkey-…``."""
    return f"{kind_of(device)}-{device.pk}"


def kind_of(device: Device) -> str:
    return _KINDS.get(type(device), "other")


def unused_codes_of(user: User) -> int:
    return RecoveryCode.objects.filter(sheet__user=user, used_at=None).count()


def accept_code(user: User, code: str) -> Device | None:
    """The device that the code is of; the code is spent from here on. Of two who use one at once, one is late.

    A recovery code counts only beside a factor, of which it is the spare.
    """
    code = code.strip()
    with transaction.atomic():
        if not has_factor(user):
            return None
        return _accept_totp(user, "".join(code.split())) or _accept_recovery_code(user, code)


def accept_first_code(device: TotpDevice, code: str) -> bool:
    """The code that proves that an app has been set up; locks the device and confirms it."""
    held = TotpDevice.objects.select_for_update().filter(pk=device.pk, confirmed=False).first()
    if held is None or not _spend(held, "".join(code.split())):
        return False
    held.confirmed = True
    held.save(update_fields=["confirmed"])
    return True


def new_recovery_codes(user: User) -> list[str]:
    """Ten, in place of all earlier ones: for the person's eyes, once."""
    sheet, _ = RecoveryCodes.objects.get_or_create(user=user, defaults={"name": RECOVERY_CODES})
    sheet = RecoveryCodes.objects.select_for_update().get(pk=sheet.pk)
    sheet.codes.all().delete()
    codes = recovery_codes.new_codes()
    digests = [recovery_codes.digest_of(code, sheet.pk) for code in codes]
    RecoveryCode.objects.bulk_create(RecoveryCode(sheet=sheet, digest=digest) for digest in digests if digest)
    return codes


def _accept_totp(user: User, code: str) -> TotpDevice | None:
    devices = TotpDevice.objects.select_for_update().filter(user=user, confirmed=True)
    return next((device for device in devices if _spend(device, code)), None)


def _spend(device: TotpDevice, code: str) -> bool:
    counter = matching_counter(device.key.reveal(), code, after=device.last_counter)
    if counter is None:
        return False
    device.last_counter, device.last_used_at = counter, timezone.now()
    device.save(update_fields=["last_counter", "last_used_at"])
    return True


def _accept_recovery_code(user: User, code: str) -> RecoveryCodes | None:
    sheet = RecoveryCodes.objects.filter(user=user).first()
    digest = sheet and recovery_codes.digest_of(code, sheet.pk)
    if sheet is None or digest is None:
        return None
    spent = sheet.codes.filter(digest=digest, used_at=None).update(used_at=timezone.now())
    return sheet if spent else None
