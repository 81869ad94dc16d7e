"""Settings → API keys: the list, a new one shown once, the end of one."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyvault.errors import KeyVaultError
from keyvault.flows.looking import look
from keyvault.flows.session_actor import actor_for, membership_of
from orgs.permissions import Action
from tokens.forms import TokenForm
from tokens.models import AccessToken
from tokens.services import create_service_identity, issue_token, revoke_token


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """The value is in the answer to the POST that made it and nowhere else: not in a session, not in an address."""
    actor = actor_for(request)
    form = TokenForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_token(actor=actor, **form.facts())
        except KeyVaultError as refused:
            form.add_error(_field_of(refused, form), f"{refused.detail} {refused.remedy}".strip())
        else:
            return render(request, "settings/api_key_created.html", {"issued": issued}, status=201)
    membership = membership_of(request)
    look(actor=actor, action=Action.VIEW_ORGANIZATION, on=membership.org.target)
    context = {"form": form, "tokens": AccessToken.objects.visible_to(actor), "membership": membership}
    return render(request, "settings/api_keys.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def create_service(request: HttpRequest) -> HttpResponse:
    org = membership_of(request).org
    create_service_identity(actor=actor_for(request), org=org, name=request.POST.get("name", ""))
    return redirect("api-keys")


@login_required
@require_http_methods(["GET", "POST"])
def revoke_api_key(request: HttpRequest, token_id: UUID) -> HttpResponse:
    actor = actor_for(request)
    token = get_object_or_404(AccessToken.objects.visible_to(actor), pk=token_id)
    if request.method == "GET":
        return render(request, "settings/api_key_revoke.html", {"token": token})
    revoke_token(actor=actor, token=token, cause=request.POST.get("cause", ""))
    return redirect("api-keys")


def _field_of(refused: KeyVaultError, form: TokenForm) -> str | None:
    field = str(refused.extra.get("field", ""))
    return field if field in form.fields else None
