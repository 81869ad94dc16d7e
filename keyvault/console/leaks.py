"""The leak desk: a text that was found somewhere, and what of it is the organization's."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.console.desk import desk_in, page
from keyvault.flows.leaks.reading import LONGEST
from keyvault.flows.leaks.search import search_leaks
from keyvault.forms import tried
from orgs.access import require
from orgs.permissions import Action


class LeakForm(forms.Form):
    text = forms.CharField(
        label=_("What was found"),
        help_text=_("A token, a value, or the whole file or message that holds it. It is looked at and kept nowhere."),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leaks(request: HttpRequest, org: str) -> HttpResponse:
    """The answer is this very page: nothing of the text goes into an address or a session, nor back into the form."""
    desk = desk_in(request, org)
    require(desk.actor, Action.SEARCH_LEAKS, desk.org.target)
    form = LeakForm(request.POST if request.method == "POST" else None)
    found = tried(form, lambda: search_leaks(actor=desk.actor, text=form.cleaned_data["text"]))
    wrong = form.is_bound and found is None
    errors = list(form.errors.get("text", ())) if wrong else []
    facts = {"form": LeakForm(), "found": found, "errors": errors}
    return page(request, desk, "console/leaks.html", facts, at="leaks", status=422 if wrong else 200)
