"""The history of a person's sign-ins. The acts themselves are events; these rows are for the person's own eyes."""

import datetime as dt
from typing import Any

from axes.models import AccessAttempt
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import SignIn, User
from keyvault.actor import Origin

_KEPT = dt.timedelta(days=365)
_FAILURES_KEPT = dt.timedelta(days=1)
_AGENT_LIMIT = 200  # characters
_METHOD_LIMIT = 40


def remember_sign_in(*, user: User, origin: Origin, method: str, new_device: bool) -> SignIn:
    return _remember(user, origin, method=method[:_METHOD_LIMIT], new_device=new_device)


def remember_failed_sign_in(*, user: User, origin: Origin, reason: str) -> SignIn:
    """The lockout bounds how many there can be."""
    return _remember(user, origin, reason=reason)


def sign_ins_of(user: User) -> QuerySet[SignIn]:
    """The newest first."""
    return SignIn.objects.filter(user=user).order_by("-at", "-id")


def has_signed_in_before(user: User) -> bool:
    return SignIn.objects.filter(user=user, reason="").exists()


def forget_old_sign_ins() -> int:
    """And the failures that the lockout has long stopped counting."""
    return sum(rows.delete()[0] for rows in _old_sign_ins())


def count_old_sign_ins() -> int:
    return sum(rows.count() for rows in _old_sign_ins())


def _old_sign_ins() -> tuple[QuerySet[SignIn], QuerySet[Any]]:
    now = timezone.now()
    failures = AccessAttempt.objects.filter(attempt_time__lt=now - _FAILURES_KEPT)
    return SignIn.objects.filter(at__lt=now - _KEPT), failures


def _remember(user: User, origin: Origin, *, method: str = "", reason: str = "", new_device: bool = False) -> SignIn:
    return SignIn.objects.create(
        user=user,
        address=origin.address,
        agent=origin.agent.replace("\0", "")[:_AGENT_LIMIT],
        method=method,
        reason=reason,
        new_device=new_device,
    )
