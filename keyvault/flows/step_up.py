"""Step-up: the second factor again, shown within the last five minutes, for acts that a stolen session must not do.

The session keeps when it was, nothing else. Whoever came by an organization's single sign-on and has no factor of their
own signs in anew at the provider instead (:mod:`keyvault.flows.sso.stepping`): that counts in this organization, for
what the session reaches there, and nowhere else.

What was posted to an act that needs a step-up is dropped, so that no value
comes to rest in the session: the person is led back to the page and sends it again.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.services.factors import has_factor
from keyvault.flows.browser_sessions import sso_org_of

SECONDS = 300
STEPPED_UP_AT = "kv_stepup_at"
"""The session's key for the Unix second of the last step-up."""

VOUCHED_AT = "kv_vouched_at"
"""The session's key for the Unix second of the last fresh sign-in at the provider that the session came by."""

PROVED_AT = "kv_proved_at"
"""The session's key for the Unix second of the sign-in, or of the last time the password was given again."""

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, _P], HttpResponse]


def is_stepped_up(request: HttpRequest) -> bool:
    """Verified by a second factor, which was shown at most :data:`SECONDS` ago."""
    if not is_verified(request):
        return False
    return _is_recent(request, STEPPED_UP_AT)


def is_stepped_up_in(request: HttpRequest, org_id: UUID) -> bool:
    """For acts in that organization, where its provider's word counts as well."""
    return is_stepped_up(request) or (sso_org_of(request) == org_id and _is_vouched_for(request))


def is_proven(request: HttpRequest) -> bool:
    """What may change second factors: stepped up; for who has none yet, a sign-in or password as fresh as that."""
    if has_factor(request.user):
        return is_stepped_up(request)
    return _is_recent(request, PROVED_AT)


def is_verified(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and bool(getattr(user, "is_verified", bool)())


def mark_stepped_up(request: HttpRequest) -> None:
    """The caller has just seen the second factor. The session gets a new key: whoever knew the old one is out."""
    request.session[STEPPED_UP_AT] = int(time.time())
    request.session.cycle_key()


def mark_vouched(request: HttpRequest, moment: int) -> None:
    """The provider has just said that the person signed in anew at ``moment``, a Unix second."""
    request.session[VOUCHED_AT] = min(moment, int(time.time()))
    request.session.cycle_key()


def mark_proved(request: HttpRequest) -> None:
    request.session[PROVED_AT] = int(time.time())


def require_step_up(view: "_View[_P]") -> "_View[_P]":
    """For pages of an organization, below ``login_required``. htmx is answered 401 with ``HX-Redirect``.

    A session that a provider vouches for reaches that provider's organization alone, so the page is of that one.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        enough = is_stepped_up(request) or _is_vouched_for(request)
        return view(request, *args, **kwargs) if enough else to_step_up(request)

    return guarded


def require_own_factor(view: "_View[_P]") -> "_View[_P]":
    """The same for pages of the installation, for which no organization's provider speaks."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if is_stepped_up(request) else to_step_up(request)

    return guarded


def require_proof(view: "_View[_P]") -> "_View[_P]":
    """The same for pages that change second factors, where somebody who has none yet gives the password again."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        if is_proven(request):
            return view(request, *args, **kwargs)
        return to_step_up(request) if has_factor(request.user) else _led(request, "confirm-password")

    return guarded


def to_step_up(request: HttpRequest) -> HttpResponse:
    """The way through the step-up page and back to where the person was."""
    return _led(request, "step-up")


def step_up_address(request: HttpRequest) -> str:
    return _address(request, "step-up")


def way_back(request: HttpRequest) -> str:
    """A page that can be opened: this one, or for a form's target the page that the form was on."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    parts = urlsplit(page)
    return parts._replace(scheme="", netloc="", fragment="").geturl() if safe and parts.path else "/"


def _address(request: HttpRequest, page: str) -> str:
    return reverse(page, query={"next": way_back(request)})


def _led(request: HttpRequest, page: str) -> HttpResponse:
    address = _address(request, page)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _is_vouched_for(request: HttpRequest) -> bool:
    """By the provider that the session came by; no provider stands in for a factor that the person has here."""
    return sso_org_of(request) is not None and _is_recent(request, VOUCHED_AT) and not has_factor(request.user)


def _is_recent(request: HttpRequest, key: str) -> bool:
    moment = request.session.get(key)
    return isinstance(moment, int) and 0 <= time.time() - moment <= SECONDS
