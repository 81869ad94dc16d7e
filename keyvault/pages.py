"""Pages that belong to no room: the front door, the account, and what a refusal looks like."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyvault.admin.entry import operator_of
from keyvault.console.desk import is_part
from keyvault.errors import KeyVaultError, NotFound, TooManyRequests, Unavailable, WrongMethod
from keyvault.flows.lockout import counter_of, locked
from keyvault.flows.own_account import membership_or_none
from keyvault.flows.session_actor import all_memberships_of, choose, membership_of, memberships_of
from keyvault.flows.session_reach import NETWORK
from keyvault.flows.sign_up import sign_up_is_open
from keyvault.flows.step_up import step_up_address
from keyvault.installation.guard import RULE as RESTORED
from keyvault.middleware import API
from orgs.decide import Rule

_RETRY_SECONDS = 2
_STEP_UP_HELPS = frozenset({Rule.NEEDS_STEP_UP, Rule.PROTECTED_NEEDS_STEP_UP})


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in is led to where they were last."""
    if request.user.is_authenticated:
        if _is_operator_alone(request):
            return redirect("admin:index")
        return redirect("overview", membership_of(request).org.slug)
    return render(request, "home.html", {"open": sign_up_is_open()})


@login_required
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """From outside of an organization's networks, or past its single sign-on, it still leads to the others."""
    every = all_memberships_of(request)
    membership = membership_or_none(request) if len(every) > 1 else membership_of(request)
    context = {
        "membership": membership,
        "memberships": every,
        "reached": set(memberships_of(request).values_list("pk", flat=True)),
        "layout": "console.html" if membership else "entrance.html",
        "page_name": "account",
    }
    return render(request, "account.html", context)


@login_required
@require_POST
def choose_organization(request: HttpRequest) -> HttpResponse:
    """Nothing is read or changed by it but this session, so that the log has no event of it."""
    reached = choose(request, _uuid(request.POST.get("organization", "")))
    return redirect("account") if reached else redirect_to_login(reverse("account"))


def _is_operator_alone(request: HttpRequest) -> bool:
    """Whoever is in no organization has nothing to do in the console."""
    return bool(operator_of(request).platform_roles) and not memberships_of(request).exists()


class RefusalPages:
    """A refusal of a service outside the API becomes a page that names the rule and the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Whoever opens the address of an act, from the history or by hand, gets a page and no blank one."""
        response = self._get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content or _is_program(request):
            return response
        page = refusal_page(request, WrongMethod("It is what a form on another page is sent to."))
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, KeyVaultError) or request.path_info.startswith(API):
            return None
        return refusal_page(request, exception)


def _is_program(request: HttpRequest) -> bool:
    return request.path_info.startswith((API, "/scim/"))


def refusal_page(request: HttpRequest, refused: KeyVaultError) -> HttpResponse:
    """htmx is led to the step-up where that helps, and else gets the sentence alone, for the head of its page."""
    step_up = step_up_address(request) if refused.rule in _STEP_UP_HELPS else ""
    if is_part(request):
        if step_up:
            return HttpResponse(status=401, headers={"HX-Redirect": step_up})
        return render(request, "parts/notice.html", {"refusal": refused}, status=refused.status)
    template = "404.html" if isinstance(refused, NotFound) else "refusal.html"
    context = {"refusal": refused, "step_up": step_up, **_around(request, refused)}
    response = render(request, template, context, status=refused.status)
    if isinstance(refused, Unavailable):
        response["Retry-After"] = str(_RETRY_SECONDS)
    if isinstance(refused, TooManyRequests):
        response["Retry-After"] = str(refused.retry_after)
    return response


def locked_page(request: HttpRequest, answer: HttpResponse, credentials: Mapping[str, Any] | None) -> HttpResponse:
    """In place of the answer to the failure that has locked an account (``AXES_LOCKOUT_CALLABLE``)."""
    return refusal_page(request, locked(counter_of(request, credentials)))


def _around(request: HttpRequest, refused: KeyVaultError) -> dict[str, object]:
    """Within an organization the sidebar stays beside what is refused; not for who may not enter at all."""
    slug = request.resolver_match.kwargs.get("org") if request.resolver_match else None
    membership = memberships_of(request).filter(org__slug=slug).first() if slug else None
    if membership is None or refused.rule in (NETWORK, RESTORED):
        return {"layout": "entrance.html"}
    return {"layout": "console.html", "membership": membership}


def _uuid(text: str) -> UUID:
    """Raises NotFound."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
