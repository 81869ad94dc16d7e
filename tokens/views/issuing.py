"""A new token, shown once: in the answer to the POST that made it, in no session and no address."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gateway.snippets import lines_for, written
from keyvault.actor import TokenKind
from keyvault.console.desk import page
from keyvault.flows.step_up import require_step_up
from keyvault.forms import tried
from orgs.access import require
from tokens.models import AccessToken, TokenUse
from tokens.services import copy_team_token, create_service_identity, issue_token, open_offer
from tokens.views.desk import ISSUING, TokenDesk, named_token, token_desk
from tokens.views.forms import ServiceForm, TokenForm
from tokens.views.production_form import ProductionTokenForm

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
@require_http_methods(["GET", "HEAD", "POST"])
def new_api_key(request: HttpRequest, org: str, kind: TokenKind) -> HttpResponse:
    desk = token_desk(request, org)
    require(desk.actor, ISSUING[kind], desk.org.target)
    form = TokenForm(request.POST or None, initial=request.GET.dict(), kind=kind, desk=desk)
    issued = tried(form, lambda: issue_token(actor=desk.actor, **form.facts()), _FIELDS)
    if issued is None:
        return _form_page(request, desk, {"form": form, "service_form": ServiceForm(), "kind": kind})
    return shown_once(request, desk, issued.token, issued.value)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_step_up
def new_production_key(request: HttpRequest, org: str) -> HttpResponse:
    """A token of one's own that reads production, for hours; only with a second factor that was shown just now."""
    desk = token_desk(request, org)
    require(desk.actor, ISSUING[TokenKind.PERSON], desk.org.target)
    form = ProductionTokenForm(request.POST or None, desk=desk)
    issued = tried(form, lambda: issue_token(actor=desk.actor, **form.facts()), _FIELDS)
    if issued is None:
        facts = {"form": form, "service_form": None, "kind": TokenKind.PERSON, "production": True}
        return _form_page(request, desk, facts)
    return shown_once(request, desk, issued.token, issued.value)


@login_required
@never_cache
@require_POST
def create_service(request: HttpRequest, org: str) -> HttpResponse:
    """Names what a token will be for, and goes on to the token."""
    desk, form = token_desk(request, org), ServiceForm(request.POST)
    service = tried(
        form,
        lambda: create_service_identity(actor=desk.actor, org=desk.org, name=form.cleaned_data["service_name"]),
        _FIELDS,
    )
    if service is None:
        return _form_page(request, desk, {"service_form": form, "kind": TokenKind.SERVICE})
    return HttpResponseRedirect(reverse("new-service-key", args=[org], query={"service": service.slug}))


@login_required
@never_cache
@require_POST
def open_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    return shown_once(request, desk, token, open_offer(actor=desk.actor, token=token))


@login_required
@never_cache
@require_POST
def copy_api_key(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    return shown_once(request, desk, token, copy_team_token(actor=desk.actor, token=token))


@login_required
@never_cache
@require_safe
def first_use(request: HttpRequest, org: str, token_id: UUID) -> HttpResponse:
    """The line that waits for the first request with the token; it asks again while there was none."""
    desk = token_desk(request, org)
    token = named_token(desk, token_id)
    use = TokenUse.objects.filter(token=token).first()
    return page(request, desk, "tokens/_first_use.html", {"token": token, "use": use, "asks": True}, at="api-keys")


def shown_once(request: HttpRequest, desk: TokenDesk, token: AccessToken, value: str | None) -> HttpResponse:
    lines = lines_for(token)
    env = written(token, lines, value) if value and lines else ""
    facts = {"token": token, "value": value, "base": settings.KEYVAULT_URL, "env": env}
    return page(request, desk, "tokens/shown.html", facts, at="api-keys", status=201)


def _form_page(request: HttpRequest, desk: TokenDesk, facts: Mapping[str, object]) -> HttpResponse:
    forms = [facts.get("form"), facts["service_form"]]
    status = 422 if any(getattr(form, "is_bound", False) for form in forms) else 200
    return page(request, desk, "tokens/new.html", facts, at="api-keys", status=status)
