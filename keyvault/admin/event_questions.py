"""The usual questions to the log (when, who, which secret, which token), as questions that its indexes answer.

The log is found by actor, secret and token behind an organization. So a name is first looked up: where it is known, the
organizations are known too, and each becomes a question of its own.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit.entry import INSTANCE, Outcome
from audit.models import Event
from audit.querysets import EventQuerySet
from keyvault.secrets.models import Secret
from orgs.models import Membership, Organization
from tokens.models import AccessToken, ServiceIdentity

_NAMESAKES = 10  # things of one name, in all organizations
_MOST = 40  # questions at once
_UNINDEXED_DAYS = 7  # what no index answers is asked of the newest days only
_PERIODS = {"1": "Past hour", "24": "Past 24 hours", "168": "Past 7 days", "720": "Past 30 days"}

Scope = dict[str, UUID]
"""Columns and what is asked of them; ``org_id`` is always among them."""


class EventQuestions(forms.Form):
    period = forms.ChoiceField(label="When", required=False, choices=[("", "Any time"), *_PERIODS.items()])
    who = forms.CharField(label="Who", required=False, max_length=254, help_text="Email or service")
    organization = forms.CharField(label="Organisation", required=False, max_length=63, help_text="Its slug")
    secret = forms.CharField(label="Secret", required=False, max_length=512, help_text="Its name")
    token = forms.CharField(label="Token", required=False, max_length=80, help_text="Name or prefix")
    act = forms.CharField(label="Act", required=False, max_length=64, help_text="As in secret:reveal")
    outcome = forms.ChoiceField(
        label="Outcome", required=False, choices=[("", "Any"), *((word.value, word.value) for word in Outcome)]
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """``note`` tells what an answer leaves out."""

    questions: Sequence[EventQuerySet]
    note: str = ""


def asked(form: EventQuestions) -> Asked:
    """Nothing at all where a name is nobody's."""
    typed = form.cleaned_data if form.is_valid() else {}
    found = [scopes for scopes in _scopes(typed) if scopes is not None]
    rest, since = _rest(typed), _since(typed)
    if found:
        merged = list(_merged(found))
        note = f"Too many of these names: the first {_MOST} are asked about." if len(merged) > _MOST else ""
        return Asked([Event.objects.filter(rest, **scope).between(since) for scope in merged[:_MOST]], note)
    if not rest:
        return Asked([Event.objects.between(since)])
    newest_days = timezone.now() - dt.timedelta(days=_UNINDEXED_DAYS)
    start = max(since, newest_days) if since else newest_days
    note = "" if since == start else f"The past {_UNINDEXED_DAYS} days: name an organisation, or whom, to ask of more."
    return Asked([Event.objects.filter(rest).between(start)], note)


def _scopes(typed: dict[str, Any]) -> Iterator[list[Scope] | None]:
    """For each thing that is named, where it is; None where none was named."""
    yield _organizations(typed["organization"]) if typed.get("organization") else None
    yield _actors(typed["who"]) if typed.get("who") else None
    yield _secrets(typed["secret"]) if typed.get("secret") else None
    yield _tokens(typed["token"]) if typed.get("token") else None


def _organizations(slug: str) -> list[Scope]:
    return [{"org_id": org_id} for org_id in Organization.objects.filter(slug=slug).values_list("pk", flat=True)]


def _actors(name: str) -> list[Scope]:
    """A person acts where they are or were a member, and in the installation's own log."""
    user = User.objects.filter(email__iexact=name).first()
    if user:
        homes = Membership.objects.filter(user=user).values_list("org_id", flat=True).distinct()
        return [{"org_id": org_id, "actor_id": user.pk} for org_id in (*homes, *_visited(user), INSTANCE)]
    services = ServiceIdentity.objects.filter(slug=name)[:_NAMESAKES]
    return [{"org_id": service.org_id, "actor_id": service.pk} for service in services]


def _visited(user: User) -> Sequence[UUID]:
    """Operators act in organizations that they are in none of; there are few of both."""
    if not user.is_staff:
        return []
    elsewhere = Organization.objects.exclude(memberships__user=user).order_by("pk")
    return list(elsewhere.values_list("pk", flat=True)[:_MOST])


def _secrets(name: str) -> list[Scope]:
    secrets = Secret.objects.filter(name=name).order_by("pk")[:_NAMESAKES]
    return [{"org_id": secret.org_id, "secret_id": secret.pk} for secret in secrets]


def _tokens(name: str) -> list[Scope]:
    """What was done with them, and to them."""
    tokens = AccessToken.objects.filter(Q(name=name) | Q(display=name)).order_by("-pk")[:_NAMESAKES]
    return [
        {"org_id": token.org_id, column: token.pk} for token in tokens for column in ("token_id", "target_token_id")
    ]


def _merged(found: Sequence[list[Scope]]) -> Iterator[Scope]:
    """Every way to combine them that stays in one organization."""
    for combination in product(*found):
        if len({scope["org_id"] for scope in combination}) == 1:
            yield {column: value for scope in combination for column, value in scope.items()}


def _rest(typed: dict[str, Any]) -> Q:
    asked_of = {"action": typed.get("act"), "outcome": typed.get("outcome")}
    return Q(**{column: value for column, value in asked_of.items() if value})


def _since(typed: dict[str, Any]) -> dt.datetime | None:
    hours = typed.get("period")
    return timezone.now() - dt.timedelta(hours=int(hours)) if hours else None
