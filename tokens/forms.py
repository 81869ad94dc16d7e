"""The form of Settings → API keys → Create."""

import datetime as dt
from typing import Any

from django import forms

from keyvault.actor import Actor, Role, TokenKind, Verb
from keyvault.secrets.models import Environment, Project
from tokens.models import ServiceIdentity
from tokens.names import hint

_KINDS = {
    TokenKind.PERSON: "Me",
    TokenKind.SERVICE: "A service",
    TokenKind.CI: "A CI job",
    TokenKind.TEAM: "The team, at the gateway",
}
_VERBS = {
    Verb.LIST: "List names",
    Verb.READ: "Read values",
    Verb.ADD: "Add secrets",
    Verb.ROTATE: "Rotate",
    Verb.DELETE: "Delete",
    Verb.MANAGE: "Manage projects and issue tokens of its own kind",
}


class TokenForm(forms.Form):
    """What it offers depends on the actor; what is allowed, the service decides."""

    kind = forms.ChoiceField(label="Used by", choices=[(k.value, label) for k, label in _KINDS.items()])
    name = forms.CharField(label="Name", help_text="Say what it is for: “Deploy of the shop, staging”.")
    service = forms.ModelChoiceField(
        ServiceIdentity.objects.none(), label="Service or CI job", required=False, to_field_name="slug"
    )
    verbs = forms.MultipleChoiceField(
        label="May", choices=[(v.value, label) for v, label in _VERBS.items()], required=False,
        widget=forms.CheckboxSelectMultiple, initial=[Verb.LIST, Verb.READ],
    )  # fmt: skip
    project = forms.ModelChoiceField(
        Project.objects.none(), required=False, empty_label="All projects", to_field_name="slug"
    )
    environment = forms.ModelChoiceField(Environment.objects.none(), required=False, empty_label="All environments")
    may_reveal_production = forms.BooleanField(label="May read values of protected environments", required=False)
    networks = forms.CharField(label="Only from these networks (CIDR, by comma)", required=False)
    origins = forms.CharField(label="Only from these web origins (by comma)", required=False)
    days = forms.IntegerField(label="Days until it expires", min_value=1, initial=90)
    note = forms.CharField(label="Note", required=False, max_length=500)
    hinted = forms.CharField(required=False, widget=forms.HiddenInput)  # the name that the hint was about

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("project", Project.objects.visible_to(actor))
        self._choices("environment", Environment.objects.visible_to(actor))
        self._choices("service", ServiceIdentity.objects.visible_to(actor).filter(disabled_at=None))
        if actor.role not in (Role.OWNER, Role.ADMIN):
            del self.fields["service"]

    def clean_name(self) -> str:
        """A name that will say nothing gets its hint once; sent a second time it is accepted."""
        name: str = self.cleaned_data["name"]
        sentence = hint(name)
        if sentence and name != self.data.get("hinted"):
            self.data = self.data.copy()
            self.data["hinted"] = name
            raise forms.ValidationError(f"{sentence} Send it again to keep the name.")
        return name

    def facts(self) -> dict[str, Any]:
        """The keywords of :func:`tokens.services.issuing.issue_token`."""
        asked = dict(self.cleaned_data)
        return {
            "kind": TokenKind(asked["kind"]),
            "name": asked["name"],
            "verbs": asked["verbs"],
            "project": asked["project"] or (asked["environment"].project if asked["environment"] else None),
            "environment": asked["environment"],
            "may_reveal_production": asked["may_reveal_production"],
            "networks": _listed(asked["networks"]),
            "origins": _listed(asked["origins"]),
            "lifetime": dt.timedelta(days=asked["days"]),
            "owner": asked.get("service"),
            "note": asked["note"],
        }

    def _choices(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = rows


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
