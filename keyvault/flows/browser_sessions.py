"""Signing in begins a session's row; the session itself keeps when that was and when the person was last seen."""

from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services.sessions import begin_session
from keyvault.actor import Origin

BEGAN = "kv_began"
"""The session's key for the Unix second of the sign-in; the absolute limit counts from it."""

SEEN = "kv_seen"
"""The session's key for the Unix second in which the person was last seen to act, to the minute."""

SSO_ORG = "sso_org"
"""The session's key for the organization whose single sign-on opened it, and which alone it reaches."""


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    session = getattr(request, "session", None)
    if request is None or session is None:
        return
    if session.session_key is None:  # somebody else was signed in here: Django has thrown that session away
        session.create()
    session[BEGAN] = session[SEEN] = unix_second()
    begin_session(
        session_key=session.session_key,
        user=user,
        origin=getattr(request, "origin", None) or Origin(),
        method=_method(request, user),
        sso_org=sso_org_of(request),
    )


def unix_second() -> int:
    return int(timezone.now().timestamp())


def sso_org_of(request: HttpRequest) -> UUID | None:
    """The organization that the session is bound to, if it is."""
    bound = request.session.get(SSO_ORG)
    return UUID(bound) if bound else None


def _method(request: HttpRequest, user: User) -> str:
    """The steps of this sign-in as allauth noted them: ``password``, ``password+mfa``, ``socialaccount``, …"""
    steps = [str(record.get("method", "")) for record in get_authentication_records(request, user)]
    return "+".join(dict.fromkeys(filter(None, steps)))[:40]
