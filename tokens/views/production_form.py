"""The form of a personal token that reads a protected environment: for hours, one environment, for oneself."""

import datetime as dt
from typing import Any

from django import forms

from keyvault.actor import TokenKind, Verb
from tokens.rules import LONGEST_PERSONAL_PRODUCTION
from tokens.views.desk import TokenDesk
from tokens.views.forms import TokenForm

_HOURS = (1, 4, 8, LONGEST_PERSONAL_PRODUCTION // dt.timedelta(hours=1))


class ProductionTokenForm(TokenForm):
    hours = forms.TypedChoiceField(
        label="Expires",
        coerce=int,
        choices=[(hours, f"In {hours} hour{'' if hours == 1 else 's'}") for hours in _HOURS],
        help_text="A personal token reads production for twelve hours at most.",
    )

    def __init__(self, *args: Any, desk: TokenDesk, **kwargs: Any) -> None:
        super().__init__(*args, kind=TokenKind.PERSON, desk=desk, **kwargs)
        for name in ("holder", "days"):  # nobody issues such a token for somebody else
            self.fields.pop(name, None)
        verbs = self.fields["verbs"]
        verbs.initial = [Verb.READ]
        self._keep_protected_places()

    def facts(self) -> dict[str, Any]:
        self.cleaned_data["days"] = 0
        lifetime = dt.timedelta(hours=self.cleaned_data["hours"])
        return super().facts() | {"may_reveal_production": True, "lifetime": lifetime}

    def _keep_protected_places(self) -> None:
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared by the parent
        named = [
            (key, f"{project.slug}/{place.slug}")
            for key, (project, place) in self._places.items()
            if project is not None and place is not None and place.protected
        ]
        field.choices = [("", "Choose an environment"), *named]
        field.required = True
