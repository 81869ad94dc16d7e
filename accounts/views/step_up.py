"""The second factor again, for acts that an open session alone must not do. For who has none yet: the organization's
provider, where the session came by it; and the password, to add a first factor.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.services.factors import has_factor, has_passkey
from accounts.views.forms import CodeForm, PasswordForm
from keyvault.flows.factors.proofs import prove_by_code, prove_by_password
from keyvault.flows.own_account import user_of
from keyvault.flows.sso.stepping import can_ask_anew, provider_of


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step_up(request: HttpRequest) -> HttpResponse:
    user, following = user_of(request), way_on(request)
    if not has_factor(user):
        return render(request, "account/step_up_without_factor.html", {"next": following, **_provider(request)})
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if prove_by_code(request, user, form.cleaned_data["code"]):
            return HttpResponseRedirect(following)
        form.add_error("code", "This code is wrong, too old, or has been used.")
    context = {"form": form, "next": following, "passkeys": has_passkey(user)}
    return render(request, "account/step_up.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_password(request: HttpRequest) -> HttpResponse:
    user, following = user_of(request), way_on(request)
    if has_factor(user):
        return redirect("factors")
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        if prove_by_password(request, user, form.cleaned_data["password"]):
            return HttpResponseRedirect(following)
        form.add_error("password", "This is not your password.")
    context = {"form": form, "next": following, "person": user, **_provider(request)}
    return render(request, "account/confirm_password.html", context)


def _provider(request: HttpRequest) -> dict[str, object]:
    found = provider_of(request)
    return {"provider": found, "asks_anew": found is not None and can_ask_anew(found)}


def way_on(request: HttpRequest) -> str:
    """``next``, if it is a page of this site."""
    following = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure())
    return following if safe else "/"
