"""The form of a limit: money as one writes it, lists a line for each entry."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gateway.models import Limit
from gateway.services.limits import Bounds

_CENT = Decimal("0.01")
_COUNTS = {
    "requests_per_minute": _("Requests a minute"),
    "tokens_per_minute": _("Model tokens a minute"),
    "concurrent": _("Requests under way at once"),
}
_MONEY = {"soft_cents": _("Soft budget a month"), "monthly_cents": _("Hard budget a month")}
_HELP = {
    "soft_cents": _("An alert is raised once it is spent; nothing is refused."),
    "monthly_cents": _("Requests that could cost more than what is left are refused, and models without a price too."),
}
_LISTS = {"allowed_models": _("Models"), "allowed_tools": _("Tools of MCP servers")}
_EXAMPLES = {
    "allowed_models": _("One a line, as gpt-4o* or openai/gpt-4o. None: any."),
    "allowed_tools": _("One a line, as github/list_*. None: any."),
}


class LimitForm(forms.Form):
    """Fields have the names that the service gives them; an empty one is no limit of that kind."""

    def __init__(self, data: Any, *, limit: Limit | None) -> None:
        super().__init__(data, initial=_initial(Bounds.of(limit)) if limit else {})
        for name, label in _COUNTS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=1, required=False)
        for name, label in _MONEY.items():
            self.fields[name] = forms.DecimalField(
                label=label, help_text=_HELP[name], required=False, min_value=_CENT, decimal_places=2, max_digits=11
            )
        for name, label in _LISTS.items():
            area = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
            self.fields[name] = forms.CharField(label=label, required=False, widget=area, help_text=_EXAMPLES[name])

    @property
    def bounds(self) -> Bounds:
        said = self.cleaned_data
        facts: dict[str, Any] = {name: said[name] for name in _COUNTS}
        facts |= {name: None if said[name] is None else int(said[name] * 100) for name in _MONEY}
        facts |= {name: tuple(filter(None, map(str.strip, said[name].splitlines()))) for name in _LISTS}
        return Bounds(**facts)


def _initial(bounds: Bounds) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(bounds, name) for name in _COUNTS}
    cents = {name: getattr(bounds, name) for name in _MONEY}
    shown |= {name: None if n is None else n * _CENT for name, n in cents.items()}
    return shown | {name: "\n".join(getattr(bounds, name)) for name in _LISTS}
