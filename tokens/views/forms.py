"""The forms of tokens: what they offer depends on the actor; what is allowed, the services decide."""

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from keyvault.actor import Actor, TokenKind, Verb
from keyvault.choosing import Select
from keyvault.secrets.models import Environment, Project
from orgs.models import Membership
from tokens.drafts import NOTE_LIMIT, latest_end
from tokens.limits import Limits
from tokens.models import ServiceIdentity
from tokens.names import hint
from tokens.services.revoking import CAUSE_LIMIT
from tokens.views.desk import TokenDesk

_VERBS = {
    Verb.LIST: "List names",
    Verb.READ: "Read values",
    Verb.ADD: "Add secrets",
    Verb.ROTATE: "Write new versions",
    Verb.DELETE: "Delete secrets",
    Verb.MANAGE: "Manage projects and issue narrower tokens",
}
_PRESETS = (1, 7, 30, 90, 180, 365, 730)  # days
_USUAL = 90
_EVERYTHING = "Every project"
_AT_THE_GATEWAY = ("origins", "server_calls", "websocket", "endpoints", "rate", "budget")
_ABSENT = {
    TokenKind.PERSON: ("service", "may_reveal_production", *_AT_THE_GATEWAY),
    TokenKind.SERVICE: ("holder", *_AT_THE_GATEWAY),
    TokenKind.CI: ("holder", *_AT_THE_GATEWAY),
    TokenKind.TEAM: ("holder", "service", "verbs", "prefixes", "may_reveal_production"),
}


class MemberField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none at run time
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.email} ({obj.role})"


class TokenForm(forms.Form):
    """``place`` is empty, ``p:<id>`` for a project or ``e:<id>`` for an environment."""

    name = forms.CharField(max_length=200, help_text="Say who uses it, and where: “Deploy job of shop”.", strip=True)
    holder = MemberField(
        Membership.objects.none(),
        label="For",
        required=False,
        empty_label="Myself",
        help_text="A token for somebody else is offered: only they see its value.",
    )
    service = forms.ModelChoiceField(
        ServiceIdentity.objects.none(), label="Used by", to_field_name="slug", empty_label="Choose one"
    )
    place = forms.ChoiceField(label="Reaches", required=False, widget=Select)
    verbs = forms.MultipleChoiceField(
        label="May",
        choices=[(verb.value, label) for verb, label in _VERBS.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=[Verb.LIST, Verb.READ],
        error_messages={"required": "A token permits something: tick what it may do."},
    )
    may_reveal_production = forms.BooleanField(
        label="May read values of a protected environment",
        required=False,
        help_text="Production, as a rule. Choose the environment above.",
    )
    prefixes = forms.CharField(
        label="Only these paths", required=False, help_text="For example api-keys/* or STRIPE_KEY. Empty: every path."
    )
    networks = forms.CharField(
        label="Only from these networks", required=False, help_text="Addresses or CIDR, for example 10.4.0.0/24."
    )
    origins = forms.CharField(
        label="Only from pages of these origins",
        required=False,
        help_text="For browsers: app.example.com, *.example.com, localhost. It fences browsers in; it is no secret.",
    )
    server_calls = forms.BooleanField(
        label="Also take calls from servers, which name no page",
        required=False,
        help_text="For “npm run dev” and the like: development environments with a budget only.",
    )
    endpoints = forms.CharField(
        label="Only these endpoints",
        required=False,
        help_text="For example openai/v1/chat/completions. Needed where there is no list of networks.",
    )
    rate = forms.IntegerField(
        label="Requests a minute", required=False, min_value=1, help_text="Needed where there is no list of networks."
    )
    budget = forms.DecimalField(
        label="Budget a month, US dollars",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=9,
        decimal_places=2,
        help_text="Beyond it everything is refused. Needed where there is no list of networks.",
    )
    websocket = forms.BooleanField(label="May open WebSockets", required=False)
    days = forms.TypedChoiceField(label="Expires", coerce=int)
    note = forms.CharField(required=False, max_length=NOTE_LIMIT, help_text="What it is for, if the name does not say.")

    def __init__(self, *args: Any, kind: TokenKind, desk: TokenDesk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind
        self.hinted = ""  # the name that the hint is about: the page sends it along
        for name in _ABSENT[kind]:
            del self.fields[name]
        self._offer_people(desk)
        self._offer_services(desk)
        self._offer_places(desk.actor, required=kind is TokenKind.TEAM)
        self._offer_days(desk.membership)

    def clean_name(self) -> str:
        """A name that will say nothing gets its hint once; sent a second time it is accepted."""
        name: str = self.cleaned_data["name"]
        sentence = hint(name)
        if sentence and name != self.data.get("hinted"):
            self.hinted = name
            raise forms.ValidationError(f"{sentence} Send it again to keep the name.")
        return name

    def facts(self) -> dict[str, Any]:
        """The keywords of :func:`tokens.services.issue_token`."""
        asked = self.cleaned_data
        project, environment = self._places[asked["place"]]
        return {
            "kind": self._kind,
            "name": asked["name"],
            "owner": asked.get("holder") or asked.get("service"),
            "project": project,
            "environment": environment,
            "verbs": asked.get("verbs", ()),
            "may_reveal_production": asked.get("may_reveal_production", False),
            "prefixes": _listed(asked.get("prefixes", "")),
            "networks": _listed(asked["networks"]),
            "origins": _listed(asked.get("origins", "")),
            "server_calls": asked.get("server_calls", False),
            "websocket": asked.get("websocket", False),
            "endpoints": _listed(asked.get("endpoints", "")),
            "limits": self._limits(),
            "lifetime": dt.timedelta(days=asked["days"]),
            "note": asked["note"],
        }

    def _limits(self) -> Limits:
        asked = self.cleaned_data
        budget = asked.get("budget")
        return Limits(requests_per_minute=asked.get("rate"), monthly_cents=int(budget * 100) if budget else None)

    def _offer_people(self, desk: TokenDesk) -> None:
        if "holder" not in self.fields:
            return
        if not desk.may_offer:
            del self.fields["holder"]
            return
        others = Membership.objects.visible_to(desk.actor).acting().exclude(pk=desk.membership.pk)
        self._queryset("holder", others.select_related("org", "user").order_by("user__email"))

    def _offer_services(self, desk: TokenDesk) -> None:
        if "service" in self.fields:
            services = ServiceIdentity.objects.visible_to(desk.actor).filter(disabled_at=None)
            self._queryset("service", services.select_related("org").order_by("slug"))
        if "may_reveal_production" in self.fields and not desk.may_hand_out_production:
            del self.fields["may_reveal_production"]

    def _offer_places(self, actor: Actor, *, required: bool) -> None:
        self._places: dict[str, tuple[Project | None, Environment | None]] = {"": (None, None)}
        groups: dict[str, list[tuple[str, str]]] = {}
        named = Environment.objects.visible_to(actor).select_related(None).select_related("project")
        lean = named.defer("created_at", "project__created_at", "project__note")  # of hundreds one is chosen
        for environment in lean.order_by("project__slug", "order", "slug"):
            project = environment.project
            if project.slug not in groups:
                groups[project.slug] = [] if required else [(f"p:{project.pk}", f"All of {project.slug}")]
                self._places[f"p:{project.pk}"] = (project, None)
            groups[project.slug].append((f"e:{environment.pk}", f"{project.slug}/{environment.slug}"))
            self._places[f"e:{environment.pk}"] = (project, environment)
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "Choose an environment" if required else _EVERYTHING), *groups.items()]
        field.required = required

    def _offer_days(self, membership: Membership) -> None:
        """Up to the policy's maximum, and for a person to the engagement's last day."""
        own = membership if self._kind is TokenKind.PERSON else None
        most = max(1, (latest_end(membership.org, own) - timezone.now() + dt.timedelta(minutes=1)).days)
        days = sorted({preset for preset in _PRESETS if preset < most} | {most})
        field = self.fields["days"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
        field.choices = [(day, _days(day)) for day in days]
        field.initial = max(day for day in days if day <= max(_USUAL, days[0]))
        field.help_text = f"At most {most} days here. An owner can change the organisation’s policy."

    def _queryset(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = rows


class ServiceForm(forms.Form):
    service_name = forms.CharField(label="Name", max_length=120, help_text="For example “Shop backend”.")


class RevokeForm(forms.Form):
    cause = forms.CharField(
        max_length=CAUSE_LIMIT,
        help_text="The log keeps it. For example “laptop lost”.",
        error_messages={"required": "Say why: the log keeps it."},
    )


class ReplaceForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label="The old one works on for",
        coerce=int,
        choices=[(0, "no time: at once"), (1, "1 hour"), (24, "1 day"), (72, "3 days"), (168, "7 days")],
        initial=24,
    )


def _days(days: int) -> str:
    end = timezone.now() + dt.timedelta(days=days)
    return f"In {days} {'day' if days == 1 else 'days'} ({end.day} {end:%B %Y})"


def _listed(text: str) -> Iterable[str]:
    return [part for part in re.split(r"[\s,]+", text) if part]
