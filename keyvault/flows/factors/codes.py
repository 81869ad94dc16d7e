"""A code that somebody typed: right, once; or wrong, and counted."""

from django.http import HttpRequest
from django_otp.models import Device

from accounts.models import RecoveryCodes, User
from accounts.services.factors import accept_code, unused_codes_of
from keyvault.flows import lockout
from keyvault.flows.factors.mails import tell_of_used_code
from keyvault.middleware import origin_of


def spend_code(request: HttpRequest, user: User, code: str) -> Device | None:
    """The device that the code is of. A wrong one is an event. Raises TooManyRequests after five of them."""
    lockout.refuse_if_locked(request, user.email, step=lockout.CODE)
    device = accept_code(user, code)
    if device is None:
        lockout.count_wrong_code(request, user)
        return None
    lockout.unlock_codes(user.email)
    if isinstance(device, RecoveryCodes):
        tell_of_used_code(user, unused_codes_of(user), origin=origin_of(request))
    return device
