"""The history of a person's sign-ins. The acts themselves are events; these rows are for the person's own eyes."""

import datetime as dt

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


def forget_old_sign_ins() -> None:
    """And the failures that the lockout has long stopped counting."""
    now = timezone.now()
    SignIn.objects.filter(at__lt=now - _KEPT).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - _FAILURES_KEPT).delete()


def _remember(user: User, origin: Origin, *, method: str = "", reason: str = "", new_device: bool = False) -> SignIn:
    return SignIn.objects.create(
        user=user,
        address=origin.address,
        agent=origin.agent.replace("\0", "")[:_AGENT_LIMIT],
        method=method,
        reason=reason,
        new_device=new_device,
    )
