"""People with second factors, and browsers that have shown them."""

import time
from contextlib import AbstractContextManager
from unittest import mock

from django.db import transaction
from django.test import Client

from accounts import totp
from accounts.models import TotpDevice, User
from accounts.services.factors import new_recovery_codes
from tests.web.scene import PASSWORD, browser

SIGN_IN = "/sign-in"
SECOND = "/sign-in/second-step"
STEP_UP = "/account/step-up"
FACTORS = "/account/factors"
WRONG = "000000"


def give_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def give_authenticator(user: User, name: str = "Phone") -> str:
    """The key, as the person's app has it."""
    key = totp.new_key()
    device = TotpDevice(user=user, name=name)
    device.key = key
    device.save()
    return key


def give_recovery_codes(user: User) -> list[str]:
    with transaction.atomic():
        return new_recovery_codes(user)


def code_of(key: str, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return totp.code_at(key, int(time.time()) // totp.STEP + steps)


def wrong_code(key: str) -> str:
    near = {code_of(key, steps=step) for step in range(-2, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in near)


def after_password(user: User, client: Client | None = None) -> Client:
    """A browser in which the password was right."""
    client = client or browser()
    client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    return client


def verified(user: User, key: str) -> Client:
    """Signed in by password and code, and so stepped up for five minutes."""
    client = after_password(user)
    client.post(SECOND, {"code": code_of(key)})
    assert client.session.get("otp_device_id"), "the code was refused"
    return client


def later(seconds: int) -> "AbstractContextManager[mock.MagicMock]":
    """The clock of step-ups and codes. Nothing else asks this one."""
    return mock.patch("time.time", return_value=time.time() + seconds)
