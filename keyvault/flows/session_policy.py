"""How long a session lasts: twelve hours from the sign-in, and less where the person is away too long."""

import datetime as dt
from dataclasses import replace

from django.conf import settings
from django.db.models import Min
from django.http import HttpRequest

from accounts.models import BrowserSession, User
from accounts.services import sessions
from accounts.session_store import digest_of_key
from keyvault.actor import system
from keyvault.errors import KeyVaultError
from keyvault.flows.browser_sessions import BEGAN, SEEN, sso_org_of, unix_second
from keyvault.middleware import origin_of
from orgs.models import Membership

POLL = "X-Poll"
"""The header of requests that a page makes by itself: they are no sign of the person."""

IDLE = "idle"
TOO_LONG = "twelve-hours"
UNDATED = "undated"

_MINUTE = 60  # seconds
_SENTENCES = {
    IDLE: "You were away for longer than your organization permits.",
    TOO_LONG: "A session lasts twelve hours at most.",
    UNDATED: "It does not say when it began.",
    sessions.ENDED_BY_HAND: "It was ended from the list of sessions.",
    sessions.ENDED_BY_OTHERS: "Somebody who looks after accounts here ended it.",
    sessions.OFFBOARDED: "The account no longer reaches the organization.",
    sessions.PASSWORD_CHANGED: "The password was changed in another session.",
}


class SessionEnded(KeyVaultError):
    status, rule, title = 401, "session-ended", "Your session has ended"


def check_session(request: HttpRequest) -> SessionEnded | None:
    """Ends a session whose time is up and notes when the person was last seen; why a session ended, if it did.

    None for a session that goes on and for a browser without one.
    """
    cause = _of_live(request) if request.user.is_authenticated else _of_ended(request)
    if cause is None:
        return None
    sentence = _SENTENCES.get(cause, "It was ended.")
    return SessionEnded(sentence, remedy="Sign in again.", extra={"cause": cause})


def idle_minutes_of(user: User) -> int:
    """The smallest limit of the person's organizations."""
    mine = Membership.objects.acting().filter(user=user)
    smallest: int | None = mine.aggregate(smallest=Min("org__idle_minutes"))["smallest"]
    return smallest or sessions.LONGEST_IDLE // dt.timedelta(minutes=1)


def _of_live(request: HttpRequest) -> str | None:
    now = unix_second()
    cause = _over(request, now)
    if cause:
        _end(request, cause)
    elif POLL not in request.headers and now - request.session[SEEN] >= _MINUTE:
        request.session[SEEN] = now
        sessions.see_session(_key(request), origin=origin_of(request), sso_org=sso_org_of(request))
    return cause


def _over(request: HttpRequest, now: int) -> str | None:
    """A moment that is yet to come counts as now: a clock that was set back ends nothing and lengthens nothing else."""
    began, seen = request.session.get(BEGAN), request.session.get(SEEN)
    if not (isinstance(began, int) and isinstance(seen, int) and isinstance(request.user, User)):
        return UNDATED
    if now - began >= sessions.LONGEST.total_seconds():
        return TOO_LONG
    if now - seen >= idle_minutes_of(request.user) * _MINUTE:
        return IDLE
    return None


def _end(request: HttpRequest, cause: str) -> None:
    """By the product itself, wherever the request came from; then the browser has none."""
    row = BrowserSession.objects.filter(key=digest_of_key(_key(request))).first()
    if row:
        actor = replace(system("session policy"), origin=origin_of(request))
        sessions.end_session(actor=actor, session=row, cause=cause)
    request.session.flush()


def _of_ended(request: HttpRequest) -> str | None:
    """Whoever signed out knows it."""
    presented = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not presented or request.session.session_key:
        return None
    cause = sessions.cause_of_end(presented)
    return None if cause == sessions.SIGNED_OUT else cause


def _key(request: HttpRequest) -> str:
    return request.session.session_key or ""
