"""Signing in and out, passwords and addresses, as events. Receivers of Django's and allauth's own signals."""

from typing import Any

from allauth.account import signals as allauth_signals
from django.contrib.auth import signals as django_signals
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from audit.services import Outcome, digest_of, record, record_folded
from keyvault.actor import Actor, ActorType, Origin
from keyvault.target import Target

SIGN_IN = "person:sign-in"
SIGN_OUT = "person:sign-out"
PASSWORD_CHANGED = "person:password"  # noqa: S105 - the name of an act
ADDRESS_CONFIRMED = "person:confirm-address"


@receiver(django_signals.user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _record(SIGN_IN, request, user)


@receiver(django_signals.user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _record(SIGN_OUT, request, user)


@receiver(django_signals.user_login_failed)
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None, **kwargs: Any) -> None:
    """Of an account that exists, by name; of any other only a keyed digest, because people type passwords there."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    user = User.objects.filter(email__iexact=typed).first()
    if user is not None:
        _record(SIGN_IN, request, user, outcome=Outcome.DENIED)
    else:
        record_folded(SIGN_IN, origin=_origin(request), reason=f"unknown-account:{digest_of(typed)}")


@receiver(allauth_signals.password_changed)
@receiver(allauth_signals.password_reset)
@receiver(allauth_signals.password_set)
def password_changed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    _record(PASSWORD_CHANGED, request, user)


@receiver(allauth_signals.email_confirmed)
def address_confirmed(sender: Any, request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    _record(ADDRESS_CONFIRMED, request, email_address.user)


def _record(action: str, request: HttpRequest | None, user: User, outcome: Outcome = Outcome.SUCCESS) -> None:
    """Under the installation: a person signs in before choosing an organization."""
    actor = Actor(type=ActorType.PERSON, id=user.pk, name=user.email, origin=_origin(request))
    record(action, actor=actor, on=Target(org=None, about=user.ref), outcome=outcome)


def _origin(request: HttpRequest | None) -> Origin:
    return getattr(request, "origin", None) or Origin()
