"""Light, dark, or as the system has it; and whether single keys are shortcuts. Kept in the browser, in two cookies."""

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.flows.own_account import membership_or_none

THEME, KEYS = "theme", "keys"
_A_YEAR = 365 * 24 * 3600


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(
        choices=[("system", _("As the system has it")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
        label=_("Theme"),
    )
    keys = forms.ChoiceField(
        choices=[("on", _("On")), ("off", _("Off"))],
        widget=forms.RadioSelect,
        required=False,
        label=_("Single-key shortcuts"),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appearance(request: HttpRequest) -> HttpResponse:
    """Nothing but the browser's own cookies is changed, so that the log has no event of it."""
    form = AppearanceForm(request.POST if request.method == "POST" else None, initial=_chosen(request))
    if not form.is_valid():
        return _form_page(request, form)
    response = HttpResponseRedirect(_back(request))
    for name in (THEME, KEYS):
        if form.cleaned_data[name]:
            _keep(response, name, form.cleaned_data[name])
    return response


def looks(request: HttpRequest) -> dict[str, str]:
    """For every template: what the browser has chosen, empty where it has not."""
    theme, keys = request.COOKIES.get(THEME), request.COOKIES.get(KEYS)
    return {"theme": theme if theme in ("light", "dark") else "", "keys": "off" if keys == "off" else ""}


def _chosen(request: HttpRequest) -> dict[str, str]:
    chosen = looks(request)
    return {"theme": chosen["theme"] or "system", "keys": chosen["keys"] or "on"}


def _form_page(request: HttpRequest, form: AppearanceForm) -> HttpResponse:
    membership = membership_or_none(request)
    layout = "console.html" if membership else "entrance.html"
    context = {"form": form, "membership": membership, "layout": layout, "page_name": "account"}
    return render(request, "console/appearance.html", context, status=422 if form.is_bound else 200)


def _keep(response: HttpResponse, name: str, value: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=_A_YEAR, httponly=True, samesite="Lax", secure=secure)


def _back(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if safe else reverse("appearance")
