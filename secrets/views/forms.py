"""What people type about secrets. What is right and wrong about it the services say.

A value comes from a text area, where browsers end lines with CR LF: it is stored with LF, and not trimmed.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyvault.errors import Invalid
from keyvault.secrets.dotenv import parse
from keyvault.secrets.models import Environment, Secret, SecretKind
from keyvault.secrets.paths import PATH_LIMIT
from keyvault.secrets.services.storing import NOTE_LIMIT, About
from keyvault.secrets.values import Value
from orgs.models import Membership

_HIDDEN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_KINDS = [(SecretKind.SECRET.value, _("Secret")), (SecretKind.CONFIG.value, _("Configuration, no secret"))]


class ValueForm(forms.Form):
    value = forms.CharField(
        label=_("Value"), strip=False, widget=forms.Textarea(attrs={"rows": 3, **_HIDDEN}), max_length=70_000
    )
    fields_of = forms.BooleanField(
        label=_("It has several fields"), required=False, help_text=_("One NAME=value a line, as in a .env file.")
    )

    def stored(self) -> Value:
        """Raises Invalid."""
        text = self.cleaned_data["value"].replace("\r\n", "\n")
        return _fields(text) if self.cleaned_data["fields_of"] else Value.text(text)


class NewSecretForm(ValueForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=PATH_LIMIT,
        widget=forms.TextInput(attrs=_HIDDEN),
        help_text=_("STRIPE_SECRET_KEY, or a path: api-keys/stripe."),
    )
    environment = forms.ChoiceField(label=_("Environment"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LIMIT)
    rotate_by = forms.DateField(label=_("Replace by"), required=False, widget=_DAY)

    field_order = ("environment", "name", "value", "fields_of", "note", "rotate_by")

    def __init__(self, *args: Any, environments: Sequence[Environment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["environment"] = forms.ChoiceField(
            label=_("Environment"),
            widget=forms.RadioSelect,
            choices=[(each.slug, each.name) for each in environments],
        )

    def about(self) -> About:
        return About(note=self.cleaned_data["note"], rotate_by=self.cleaned_data["rotate_by"])


class VersionForm(ValueForm):
    expected = forms.IntegerField(widget=forms.HiddenInput)
    edit = forms.BooleanField(
        label=_("The key at the provider stays the same"),
        required=False,
        help_text=_("A correction, not a replacement: what was due stays due."),
    )

    field_order = ("value", "fields_of", "edit", "expected")


class AboutForm(forms.Form):
    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LIMIT)
    rotate_by = forms.DateField(label=_("Replace by"), required=False, widget=_DAY)
    variable = forms.CharField(
        label=_("Variable in exports"),
        required=False,
        max_length=128,
        widget=forms.TextInput(attrs=_HIDDEN),
        help_text=_("Where the name's last part will not do."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=_KINDS)

    def __init__(self, *args: Any, secret: Secret, members: Sequence[Membership], **kwargs: Any) -> None:
        kwargs["initial"] = {
            "note": secret.note,
            "owner": str(secret.owner_id or ""),
            "rotate_by": secret.rotate_by,
            "variable": secret.variable,
            "kind": secret.kind,
        }
        super().__init__(*args, **kwargs)
        people = [("", _("Nobody")), *((str(each.pk), str(each.user)) for each in members)]
        self._members = {str(each.pk): each for each in members}
        self.fields["owner"] = forms.ChoiceField(label=_("Owner"), choices=people, required=False)
        if secret.kind == SecretKind.BROKERED:
            del self.fields["kind"]

    field_order = ("note", "owner", "rotate_by", "kind", "variable")

    def about(self) -> About:
        typed = self.cleaned_data | {"owner": self._members.get(self.cleaned_data["owner"])}
        without = [name for name in ("owner", "rotate_by") if typed[name] is None]
        return About(
            note=typed["note"],
            variable=typed["variable"],
            owner=typed["owner"],
            rotate_by=typed["rotate_by"],
            kind=typed.get("kind"),
            without=without,
        )


class TypedForm(forms.Form):
    """For what cannot be undone, or hits production: the name is typed out."""

    typed = forms.CharField(widget=forms.TextInput(attrs=_HIDDEN), strip=True, required=False)

    def __init__(self, *args: Any, word: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._word = word
        self.fields["typed"].label = _("Type %(word)s to confirm") % {"word": word}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed != self._word:
            raise forms.ValidationError(_("This is not the name."))
        return typed


def _fields(text: str) -> Value:
    parsed = parse(text)
    if parsed.unreadable:
        wrong = parsed.unreadable[0]
        raise Invalid(f"Line {wrong.line}: {wrong.reason}", extra={"field": "value"})
    return Value.fields({entry.name: entry.text for entry in parsed.entries})
