"""Who must have a second factor: members of an organization that requires one. Until they show it, no page opens."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.models import User
from accounts.services.factors import has_factor
from keyvault.flows.step_up import is_verified, to_step_up
from keyvault.middleware import API
from orgs.models import Membership, Organization

OPEN = frozenset(
    {
        "account_logout",
        "add-authenticator",
        "add-passkey",
        "begin-passkey",
        "confirm-password",
        "factors",
        "feedback",
        "healthz",
        "make-recovery-codes",
        "passkey-answer",
        "passkey-challenge",
        "privacy",
        "readyz",
        "set-up-authenticator",
        "status",
        "step-up",
        "terms",
    }
)
"""The pages, by name, that lead to a second factor or out, or are for anybody; nothing else opens without one."""


class MfaRequired:
    """For sessions only: a token of the API says itself what it may do, and no session counts there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        named = request.resolver_match.view_name if request.resolver_match else ""
        if request.path_info.startswith(API) or named in OPEN or not isinstance(request.user, User):
            return None
        if is_verified(request) or organization_that_requires_mfa(request.user) is None:
            return None
        return to_step_up(request) if has_factor(request.user) else _to_enrolment(request)


def organization_that_requires_mfa(user: User) -> Organization | None:
    """The oldest of the person's memberships that does."""
    mine = Membership.objects.acting().select_related("org").filter(user_id=user.pk, org__mfa_required=True)
    membership = mine.order_by("joined_at").first()
    return membership.org if membership else None


def _to_enrolment(request: HttpRequest) -> HttpResponse:
    page = reverse("factors")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": page})
    return HttpResponseRedirect(page)
