"""Pages that belong to no room: the front door, the account, and what a refusal looks like."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from keyvault.errors import KeyVaultError
from keyvault.flows.session_actor import membership_of
from keyvault.flows.sign_up import sign_up_is_open
from keyvault.middleware import API


def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return account(request)
    return render(request, "home.html", {"open": sign_up_is_open()})


@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "account.html", {"membership": membership_of(request)})


class RefusalPages:
    """A refusal of a service outside the API becomes a page that names the rule and the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, KeyVaultError) or request.path_info.startswith(API):
            return None
        return render(request, "refusal.html", {"refusal": exception}, status=exception.status)
