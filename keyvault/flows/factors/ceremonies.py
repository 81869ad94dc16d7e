"""The two ceremonies of WebAuthn (W3C Web Authentication Level 3): a passkey is made, and a passkey is shown.

The libraries check challenge, origin, relying party, signature and counter; here user verification (a PIN, a finger, a
face) is always required, and a challenge is good once, for five minutes, for what it was made for. The views that come
with django-otp-webauthn have no address: they would sign people in around the stages of a sign-in.
"""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import UserVerificationRequirement

from accounts.models import User
from keyvault.errors import Invalid, TooLarge

CREATION = "passkey-creation"
PROOF = "passkey-proof"

_STATE = "kv_passkey"
_SECONDS = 300
_LARGEST = 64 * 1024  # characters; a credential with its attestation has two or three thousand


class Ceremonies(WebAuthnHelper):  # type: ignore[misc]  # the library has no types
    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        return options

    def get_credential_display_name(self, user: User) -> str:
        return str(user)


def begin_creation(request: HttpRequest, user: User) -> dict[str, Any]:
    """What ``navigator.credentials.create()`` is given."""
    options, state = Ceremonies(request).register_begin(user)
    _keep(request, CREATION, state, user)
    return dict(options)


def complete_creation(request: HttpRequest, user: User, answer: str) -> WebAuthnCredential:
    """Saves the credential, in the caller's transaction. Raises Invalid."""
    state = _take(request, CREATION, user)
    try:
        with transaction.atomic():
            return Ceremonies(request).register_complete(user=user, state=state, data=_parsed(answer))
    except (OTPWebAuthnApiError, WebAuthnException, ValueError, TypeError, KeyError):
        raise _invalid() from None


def begin_proof(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """What ``navigator.credentials.get()`` is given. Without ``user`` it names no credential, whoever asks."""
    options, state = Ceremonies(request).authenticate_begin(user=user, require_user_verification=True)
    _keep(request, PROOF, state, user)
    return dict(options)


def complete_proof(request: HttpRequest, user: User | None, answer: str) -> WebAuthnCredential:
    """The passkey that was shown: of ``user``, or without one of whom it says. Raises Invalid."""
    state = _take(request, PROOF, user)
    try:
        with transaction.atomic():
            device = Ceremonies(request).authenticate_complete(user=user, state=state, data=_parsed(answer))
    except (OTPWebAuthnApiError, WebAuthnException, ValueError, TypeError, KeyError):
        raise _invalid() from None
    if not (device.confirmed and device.user.is_active):
        raise _invalid()
    return device


def are_possible_at(request: HttpRequest) -> bool:
    """Passkeys are bound to a name: a page opened under another one, or under an address, can neither make nor show."""
    return urlsplit(f"//{request.get_host()}").hostname == settings.OTP_WEBAUTHN_RP_ID


def home_of_passkeys() -> str:
    """The address at which they work."""
    return str(settings.OTP_WEBAUTHN_ALLOWED_ORIGINS[0])


def _keep(request: HttpRequest, purpose: str, state: dict[str, Any], user: User | None) -> None:
    request.session[_STATE] = {
        "purpose": purpose,
        "user": str(user.pk) if user else "",
        "at": int(time.time()),
        "state": state,
    }


def _take(request: HttpRequest, purpose: str, user: User | None) -> dict[str, Any]:
    """Out of the session before anything is checked: a challenge is never tried twice."""
    kept = request.session.pop(_STATE, None)
    request.session.save()
    fits = kept and kept["purpose"] == purpose and kept["user"] == (str(user.pk) if user else "")
    if not fits or not 0 <= time.time() - kept["at"] <= _SECONDS:
        raise _invalid()
    state: dict[str, Any] = kept["state"]
    return state


def _parsed(answer: str) -> dict[str, Any]:
    """Raises ValueError, TooLarge."""
    if len(answer) > _LARGEST:
        raise TooLarge
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise ValueError("not an object")
    return parsed


def _invalid() -> Invalid:
    """One sentence for everything, so that it tells nobody which credentials there are."""
    return Invalid("The passkey was not accepted. Try again.", rule="passkey-refused")
