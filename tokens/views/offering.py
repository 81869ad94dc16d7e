"""A personal token offered to every member who reads an environment; the page tells names, never a value."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyvault.actor import TokenKind
from keyvault.console.desk import page
from keyvault.forms import tried
from orgs.access import require
from orgs.permissions import Action
from tokens.services import Why, offer_to_members
from tokens.views.desk import TokenDesk, token_desk
from tokens.views.forms import TokenForm

_FIELDS = {"expires_at": "days", "environment": "place"}
_SENTENCES = {
    Why.READS_NOTHING: _("reads nothing there"),
    Why.NAME_TAKEN: _("a live token has that name already"),
    Why.NAME_UNFIT: _("with this address the name is too long, or does not print"),
    Why.ENGAGEMENT_ENDS: _("the engagement ends before the token would"),
}
_KEPT = ("name", "place", "verbs", "prefixes", "networks", "days", "note")


class OffersForm(TokenForm):
    """A token of a person, for one environment that is not protected."""

    def __init__(self, *args: Any, desk: TokenDesk, **kwargs: Any) -> None:
        super().__init__(*args, kind=TokenKind.PERSON, desk=desk, **kwargs)
        for name in self.fields.keys() - set(_KEPT):
            del self.fields[name]
        self.fields["name"].help_text = _("The address of each holder is added: “Shop, local: ana@acme.example”.")
        self._keep_unprotected_places()

    def facts(self) -> dict[str, Any]:
        """The keywords of :func:`tokens.services.offer_to_members`."""
        facts = super().facts()
        return {key: facts[key] for key in ("name", "environment", "verbs", "prefixes", "networks", "lifetime", "note")}

    def _keep_unprotected_places(self) -> None:
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared by the parent
        named = [
            (key, f"{place.project.slug}/{place.slug}")
            for key, (_project, place) in self._places.items()
            if place is not None and not place.protected
        ]
        field.choices = [("", _("Choose an environment")), *named]
        field.required = True


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_offers(request: HttpRequest, org: str) -> HttpResponse:
    desk = token_desk(request, org)
    require(desk.actor, Action.OFFER_TOKEN, desk.org.target)
    form = OffersForm(request.POST or None, desk=desk)
    offers = tried(form, lambda: offer_to_members(actor=desk.actor, **form.facts()), _FIELDS)
    if offers is None:
        status = 422 if form.is_bound else 200
        return page(request, desk, "tokens/new_offers.html", {"form": form}, at="api-keys", status=status)
    left_out = [(each.membership, _SENTENCES[each.why]) for each in offers.left_out]
    facts = {"offered": offers.offered, "left_out": left_out}
    return page(request, desk, "tokens/offered.html", facts, at="api-keys", status=201 if offers.offered else 200)
