"""Account → Sessions: where one is signed in, and the end of one or of all others."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.agents import device_of
from accounts.models import BrowserSession
from accounts.services.sessions import LONGEST, end_session, end_sessions, sessions_of
from accounts.session_store import digest_of_key
from keyvault.errors import NotFound
from keyvault.flows.own_account import membership_or_none, self_of, user_of
from keyvault.flows.session_policy import idle_minutes_of
from keyvault.flows.session_reach import names_of


@dataclass(frozen=True, slots=True)
class _Line:
    session: BrowserSession
    device: str
    current: bool
    reaches: str


@login_required
@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    user, membership = user_of(request), membership_or_none(request)
    context = {
        "lines": _lines(request),
        "idle": idle_minutes_of(user),
        "hours": LONGEST.total_seconds() // 3600,
        "membership": membership,
        "layout": "console.html" if membership else "entrance.html",
        "page_name": "account",
    }
    return render(request, "account/sessions.html", context)


@login_required
@never_cache
@require_POST
def end_one(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """One's own only: anybody else's does not exist here."""
    session = sessions_of(user_of(request)).filter(pk=session_id).first()
    if session is None:
        raise NotFound
    end_session(actor=self_of(request), session=session)
    messages.success(request, f"The session of {device_of(session.agent)} has ended.")
    return redirect("sessions")


@login_required
@never_cache
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    ended = end_sessions(actor=self_of(request), user=user_of(request), keep=request.session.session_key)
    messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
    return redirect("sessions")


def _lines(request: HttpRequest) -> list[_Line]:
    mine = digest_of_key(request.session.session_key or "")
    rows = list(sessions_of(user_of(request)))
    names = names_of(row.sso_org for row in rows)
    return [_Line(row, device_of(row.agent), row.key == mine, names.get(row.sso_org, "")) for row in rows]
