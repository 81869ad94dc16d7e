"""Account → Sign-in history."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import SignIn
from accounts.services.sign_ins import sign_ins_of
from accounts.views.factors import page
from keyvault.flows.own_account import user_of

_PAGE = 50
_STEPS = {
    "sign-up": "Sign-up",
    "password": "Password",
    "socialaccount": "Single sign-on",
    "app": "Authenticator app",
    "passkey": "Passkey",
    "recovery-code": "Recovery code",
}
_REASONS = {
    "wrong-password": "Wrong password",
    "wrong-code": "Right password, wrong code",
    "address-not-confirmed": "Address not confirmed",
    "account-inactive": "Account closed",
    "single-sign-on-required": "Single sign-on required",
}


@login_required
@never_cache
@require_safe
def sign_ins(request: HttpRequest) -> HttpResponse:
    found = Paginator(sign_ins_of(user_of(request)), _PAGE).get_page(request.GET.get("page"))
    rows = [(row, _words(row)) for row in found]
    return page(request, "account/sign_ins.html", {"page": found, "rows": rows})


def _words(row: SignIn) -> str:
    if row.reason:
        return _REASONS.get(row.reason, "Refused")
    return " + ".join(_STEPS.get(step, step) for step in row.method.split("+") if step)
