"""htmx follows a redirect and would put the sign-in page into a corner of this one: it is led there as a whole."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from keyvault.flows.step_up import way_back


class LeadToSignIn:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if "HX-Request" not in request.headers or not _leads_to_sign_in(response):
            return response
        return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(way_back(request)).url})


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].split("?")[0] == resolve_url(settings.LOGIN_URL)
