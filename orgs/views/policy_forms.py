"""What owners type on the pages of the policy."""

from typing import Any

from django import forms

from orgs.models import Found, Organization
from orgs.services.policies import FOUND_TEAM_TOKENS, FOUND_TOKENS


class PolicyForm(forms.Form):
    """One field for each keyword of :func:`orgs.services.policies.change_policy`."""

    mfa_required = forms.BooleanField(
        label="Require a second factor",
        required=False,
        help_text="Members without one are led to their factors until they have added and shown one.",
    )
    sso_enforced = forms.BooleanField(
        label="Insist on single sign-on",
        required=False,
        help_text="Other sign-ins do not reach this organisation. Owners with a second factor still get in.",
    )
    idle_minutes = forms.IntegerField(
        label="Sign people out after this many minutes without them",
        min_value=60,
        max_value=240,
        help_text="From 60 to 240. Twelve hours after the sign-in every session ends.",
    )
    token_max_days = forms.IntegerField(
        label="Longest life of a token, in days",
        min_value=1,
        max_value=3650,
        help_text="For tokens to come. Those that exist keep their end.",
    )
    refuse_shared_values = forms.BooleanField(
        label="Refuse the same value in two environments",
        required=False,
    )
    require_reason_in_production = forms.BooleanField(
        label="Ask for a reason where a value of a protected environment is read",
        required=False,
    )
    team_tokens_in_production = forms.BooleanField(
        label="Allow team tokens for production",
        required=False,
        help_text="Whoever has the frontend has such a token.",
    )

    stale_token_days = forms.IntegerField(
        label="Review tokens that were not used for this many days",
        min_value=0,
        max_value=3650,
        help_text="From 7; 0: never. Their owners are told; 14 days later they are paused, 30 days later revoked.",
    )
    found_tokens = forms.ChoiceField(
        label="A token that somebody found elsewhere",
        choices=[(word, Found(word).label) for word in FOUND_TOKENS],
        help_text="Whoever finds one can report it without an account.",
    )
    found_team_tokens = forms.ChoiceField(
        label="A team token that somebody found elsewhere",
        choices=[(word, Found(word).label) for word in FOUND_TEAM_TOKENS],
        help_text="Team tokens may lie in code: they read nothing and work only at the gateway.",
    )

    @classmethod
    def of(cls, org: Organization, data: Any = None) -> "PolicyForm":
        """Filled with what holds now."""
        return cls(data, initial={name: getattr(org, name) for name in cls.base_fields})


class NetworksForm(forms.Form):
    networks = forms.CharField(
        label="Networks",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="One a line, as 203.0.113.0/24, 2001:db8::/32 or a single address. None: from anywhere.",
    )

    def listed(self) -> list[str]:
        typed: str = self.cleaned_data["networks"]
        return typed.replace(",", " ").split()
