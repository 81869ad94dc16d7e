"""The last stage of every sign-in: whoever has a second factor shows it, whatever came first.

Until then the session belongs to nobody. Password, single sign-on, sign-up and a passkey all pass here.
"""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import stash_login
from allauth.account.stages import LoginStage
from allauth.core.internal.httpkit import headed_redirect_response
from django.http import HttpRequest, HttpResponse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device

from accounts.models import User
from accounts.services.factors import has_factor, kind_of
from keyvault.flows import lockout
from keyvault.flows.factors.codes import spend_code
from keyvault.flows.factors.mails import tell_of_wrong_codes
from keyvault.flows.step_up import mark_stepped_up
from keyvault.middleware import origin_of

KEY = "second-step"
PROVEN = "otp_device"
"""In a login's state: the persistent id of the device that the sign-in has begun with (a passkey)."""

MOST_WRONG = 5


class SecondStep(LoginStage):  # type: ignore[misc]  # allauth has no types
    """NOTE: it must stay the last stage: what came later would run for people who have not shown their factor yet."""

    key = KEY
    urlname = "second-step"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is None:  # a sign-in that only looks like one, so that accounts cannot be told from none
            return None, False
        device = _proven(self.login.state, user)
        if device is not None:
            user.otp_device = device
            return None, True
        if not has_factor(user):
            return None, True
        self.state["auth_hash"] = user.get_session_auth_hash()
        self.request.session.cycle_key()
        return headed_redirect_response(self.urlname), True

    def still_valid(self) -> bool:
        """The account is open and its password is the one that began this, however long the person took."""
        user = self.login.user
        return bool(user and user.is_active and self.state.get("auth_hash") == user.get_session_auth_hash())


def try_code(request: HttpRequest, stage: SecondStep, code: str) -> HttpResponse | None:
    """What answers a right code, or one too many; None for a wrong one. Raises TooManyRequests."""
    user: User = stage.login.user
    device = spend_code(request, user, code)
    if device is not None:
        return finish(request, stage, device)
    stage.state["wrong"] = stage.state.get("wrong", 0) + 1
    if stage.state["wrong"] < MOST_WRONG and not lockout.is_locked(request, user.email, step=lockout.CODE):
        stash_login(request, stage.login)
        return None
    tell_of_wrong_codes(user, origin=origin_of(request))
    return give_up(stage)


def finish(request: HttpRequest, stage: SecondStep, device: Device) -> HttpResponse:
    stage.login.user.otp_device = device
    record_authentication(request, stage.login.user, method=kind_of(device))
    response: HttpResponse = stage.exit()
    return stepped_up_by_sign_in(request, response)


def give_up(stage: SecondStep) -> HttpResponse:
    response: HttpResponse = stage.abort()
    return response


def stepped_up_by_sign_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A factor shown at sign-in is as fresh as one shown at a step-up."""
    if request.user.is_authenticated and DEVICE_ID_SESSION_KEY in request.session:
        mark_stepped_up(request)
    return response


def _proven(state: dict[str, Any], user: User) -> Device | None:
    device = Device.from_persistent_id(state[PROVEN]) if PROVEN in state else None
    return device if device is not None and device.user_id == user.pk and device.confirmed else None
