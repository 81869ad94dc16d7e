"""The second step of a sign-in: a code, or a passkey, or back to the beginning."""

from allauth.account.internal.decorators import login_stage_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.services.factors import has_passkey
from accounts.views.forms import CodeForm
from keyvault.flows.sign_in import second_step as step

_staged = login_stage_required(stage=step.KEY, redirect_urlname="account_login")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_staged  # type: ignore[untyped-decorator]
def second_step(request: HttpRequest) -> HttpResponse:
    stage = _stage(request)
    if not stage.still_valid():
        return step.give_up(stage)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        answer = step.try_code(request, stage, form.cleaned_data["code"])
        if answer is not None:
            return answer
        form.add_error("code", "This code is wrong, too old, or has been used.")
    context = {"form": form, "passkeys": has_passkey(stage.login.user)}
    return render(request, "account/second_step.html", context)


@never_cache
@require_POST
@_staged  # type: ignore[untyped-decorator]
def give_up(request: HttpRequest) -> HttpResponse:
    """Else the sign-in page would keep leading here."""
    return step.give_up(_stage(request))


def _stage(request: HttpRequest) -> step.SecondStep:
    stage: step.SecondStep = request._login_stage  # type: ignore[attr-defined]  # allauth's decorator leaves it there
    return stage
