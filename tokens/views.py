"""Settings → API keys: the list, a new one shown once, the end of one."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.actor import TokenKind
from keyvault.errors import NotFound
from keyvault.flows.looking import look
from keyvault.flows.session_actor import actor_for, membership_in
from keyvault.flows.step_up import require_step_up
from keyvault.forms import tried
from orgs.access import require
from tokens.desk import ISSUING, Desk
from tokens.forms import RevokeForm, ServiceForm, TokenForm
from tokens.models import AccessToken
from tokens.production_form import ProductionTokenForm
from tokens.services import copy_team_token, create_service_identity, issue_token, open_offer, revoke_token

_PAGE = 50
_FIELDS = {
    "expires_at": "days",
    "environment": "place",
    "project": "place",
    "slug": "service_name",
    "requests_per_minute": "rate",
    "monthly_cents": "budget",
}


@login_required
@never_cache
@require_safe
def api_keys(request: HttpRequest, org: str) -> HttpResponse:
    desk = _desk(request, org)
    look(actor=desk.actor, action=desk.looking, on=desk.membership.org.target, details={"of": "tokens"})
    ended = request.GET.get("show") == "ended"
    page = Paginator(desk.tokens(ended=ended), _PAGE).get_page(request.GET.get("page"))
    return render(request, "settings/api_keys.html", _on(desk) | {"page": page, "ended": ended})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_api_key(request: HttpRequest, org: str, kind: TokenKind) -> HttpResponse:
    """The value is in the answer to the POST that made it and nowhere else: not in a session, not in an address."""
    desk = _desk(request, org)
    require(desk.actor, ISSUING[kind], desk.membership.org.target)
    form = TokenForm(request.POST or None, initial=request.GET.dict(), kind=kind, desk=desk)
    issued = tried(form, lambda: issue_token(actor=desk.actor, **form.facts()), _FIELDS)
    if issued is None:
        return _form_page(request, _on(desk) | {"form": form, "service_form": ServiceForm(), "kind": kind})
    return _shown_once(request, desk, issued.token, issued.value)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def new_production_key(request: HttpRequest, org: str) -> HttpResponse:
    """A token of one's own that reads production, for hours; only with a second factor that was shown just now."""
    desk = _desk(request, org)
    require(desk.actor, ISSUING[TokenKind.PERSON], desk.membership.org.target)
    form = ProductionTokenForm(request.POST or None, desk=desk)
    issued = tried(form, lambda: issue_token(actor=desk.actor, **form.facts()), _FIELDS)
    if issued is None:
        context = _on(desk) | {"form": form, "service_form": None, "kind": TokenKind.PERSON, "production": True}
        return _form_page(request, context)
    return _shown_once(request, desk, issued.token, issued.value)


@login_required
@never_cache
@require_POST
def create_service(request: HttpRequest, org: str) -> HttpResponse:
    """Names what a token will be for, and goes on to the token."""
    desk, form = _desk(request, org), ServiceForm(request.POST)
    service = tried(
        form,
        lambda: create_service_identity(
            actor=desk.actor, org=desk.membership.org, name=form.cleaned_data["service_name"]
        ),
        _FIELDS,
    )
    if service is None:
        return _form_page(request, _on(desk) | {"service_form": form, "kind": TokenKind.SERVICE})
    return HttpResponseRedirect(reverse("new-service-key", args=[org], query={"service": service.slug}))


@login_required
@never_cache
@require_POST
def open_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = _desk(request, org)
    token = _find(desk, token_id)
    return _shown_once(request, desk, token, open_offer(actor=desk.actor, token=token))


@login_required
@never_cache
@require_POST
def copy_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = _desk(request, org)
    token = _find(desk, token_id)
    return _shown_once(request, desk, token, copy_team_token(actor=desk.actor, token=token))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk, form = _desk(request, org), RevokeForm(request.POST or None)
    token = _find(desk, token_id)
    revoked = tried(form, lambda: revoke_token(actor=desk.actor, token=token, cause=form.cleaned_data["cause"]))
    if revoked is None:
        context = _on(desk) | {"token": token, "form": form, "children": token.children.unrevoked().count()}
        return render(request, "settings/api_key_revoke.html", context, status=422 if form.is_bound else 200)
    messages.success(request, f"{token.name} is revoked.")
    return redirect("api-keys", org)


def _desk(request: HttpRequest, org: str) -> Desk:
    membership = membership_in(request, org)
    return Desk(actor_for(request, membership), membership)


def _on(desk: Desk) -> dict[str, Any]:
    return {"desk": desk, "membership": desk.membership, "page_name": "api-keys"}


def _find(desk: Desk, token_id: UUID) -> AccessToken:
    """Raises NotFound."""
    found = AccessToken.objects.visible_to(desk.actor).filter(pk=token_id).first()
    if found is None:
        raise NotFound
    return found


def _form_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    forms = [context.get("form"), context["service_form"]]
    status = 422 if any(form and form.is_bound for form in forms) else 200
    return render(request, "settings/api_key_new.html", context, status=status)


def _shown_once(request: HttpRequest, desk: Desk, token: AccessToken, value: str | None) -> HttpResponse:
    context = _on(desk) | {"token": token, "value": value, "base": settings.KEYVAULT_URL}
    return render(request, "settings/api_key_shown.html", context, status=201)
