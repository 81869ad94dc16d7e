"""Passkeys: the options that a browser asks for, and the forms that carry its answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.factors import after_adding, page
from accounts.views.forms import PasskeyForm
from accounts.views.step_up import way_on
from keyvault.errors import Invalid
from keyvault.flows.factors import acts
from keyvault.flows.factors.ceremonies import (
    are_possible_at,
    begin_creation,
    complete_creation,
    home_of_passkeys,
)
from keyvault.flows.factors.proofs import prove_by_enrolment
from keyvault.flows.own_account import self_of, user_of
from keyvault.flows.sign_in.passkeys import answer_passkey, challenge
from keyvault.flows.step_up import require_proof
from keyvault.forms import tried


@login_required
@never_cache
@require_POST
@require_proof
def begin_passkey(request: HttpRequest) -> JsonResponse:
    return JsonResponse(begin_creation(request, user_of(request)))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_proof
def add_passkey(request: HttpRequest) -> HttpResponse:
    user, form = user_of(request), PasskeyForm(request.POST or None)

    def act() -> acts.Added:
        answer = form.cleaned_data["credential"]
        return acts.add_passkey(
            actor=self_of(request),
            user=user,
            complete=lambda: complete_creation(request, user, answer),
            name=form.cleaned_data["name"],
        )

    added = tried(form, act)
    if added is None:
        context = {"form": form, "possible": are_possible_at(request), "passkey_home": home_of_passkeys()}
        return page(request, "account/passkey.html", context, status=422 if form.is_bound else 200)
    prove_by_enrolment(request, added.device)
    return after_adding(request, added)


@never_cache
@require_POST
def passkey_challenge(request: HttpRequest) -> JsonResponse:
    """To anybody: it says nothing of any account unless the session has one already."""
    return JsonResponse(challenge(request))


@never_cache
@require_POST
def passkey_answer(request: HttpRequest) -> HttpResponse:
    form = PasskeyForm(request.POST)
    answer = form.data.get("credential", "")
    try:
        return answer_passkey(request, answer, way_on(request))
    except Invalid as refused:
        messages.error(request, refused.detail)
        return redirect("step-up" if request.user.is_authenticated else "account_login")
