"""Lockout by account: five failures within fifteen minutes refuse the sixth try, right or wrong (django-axes counts).

There are two counters: wrong passwords, and wrong codes after the right password. A locked password still leaves
passkey, single sign-on and a reset, and whoever comes by those may show a code. Tries during a lock do not extend it.

The tables of axes name accounts by keyed digests only, those that exist like those that do not.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from audit.services import digest_of
from keyvault.errors import TooManyRequests

CODE = "code"
"""The step that a wrong code failed at, in the credentials of Django's signal; a wrong password has none."""


def counter_of(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """What axes counts by (``AXES_USERNAME_CALLABLE``); case and outer blanks do not count."""
    given = credentials or {}
    typed = str(given.get("email") or request.POST.get("login", "")).strip()
    return digest_of(f"{given['step']} {typed}" if "step" in given else typed)


def address_of(request: HttpRequest) -> str | None:
    """By the one rule for addresses (``AXES_CLIENT_IP_CALLABLE``); None for a request that nobody sent."""
    origin = getattr(request, "origin", None)
    return origin.address if origin else None


def is_locked(request: HttpRequest, email: str, *, step: str = "") -> bool:
    return bool(AxesProxyHandler.is_locked(request, _credentials(email, step)))


def refuse_if_locked(request: HttpRequest, email: str, *, step: str = "") -> None:
    """Raises TooManyRequests."""
    if is_locked(request, email, step=step):
        raise locked(counter_of(request, _credentials(email, step)))


def count_wrong_code(request: HttpRequest, user: User) -> None:
    """Its event is written where those of wrong passwords are (:mod:`keyvault.flows.person_events`)."""
    user_login_failed.send(sender=__name__, credentials=_credentials(user.email, CODE), request=request)


def unlock(email: str) -> None:
    for step in ("", CODE):
        AxesProxyHandler.reset_attempts(username=counter_of(HttpRequest(), _credentials(email, step)))


def unlock_codes(email: str) -> None:
    AxesProxyHandler.reset_attempts(username=counter_of(HttpRequest(), _credentials(email, CODE)))


def locked(counter: str) -> TooManyRequests:
    return TooManyRequests(
        "Too many failed tries.",
        retry_after=_seconds_left(counter),
        remedy="Wait 15 minutes, use a passkey, or reset the password.",
    )


def _credentials(email: str, step: str) -> dict[str, str]:
    return {"email": email, "step": step} if step else {"email": email}


def _seconds_left(counter: str) -> int:
    """Until so many failures are older than the lock is long that fewer than the limit are left."""
    length: dt.timedelta = settings.AXES_COOLOFF_TIME
    recent = AccessAttempt.objects.filter(username=counter, attempt_time__gte=timezone.now() - length)
    total = 0
    for moment, failures in recent.order_by("-attempt_time").values_list("attempt_time", "failures_since_start"):
        total += failures
        if total >= settings.AXES_FAILURE_LIMIT:
            return max(1, int((moment + length - timezone.now()).total_seconds()))
    return round(length.total_seconds())
