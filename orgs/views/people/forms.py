"""What people type on these pages. What is right and wrong about it the services say."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from keyvault.actor import Role
from orgs.models import Membership, Team
from orgs.names import NAME_LIMIT
from orgs.services.offboardings import REASON_LIMIT
from orgs.views.people.desk import Desk

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_LAST_DAY_HINT = "After this day (UTC) tokens and sessions stop working. Empty: no end."


class InviteForm(forms.Form):
    email = forms.EmailField(label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role")
    unit = forms.CharField(label="Unit", max_length=NAME_LIMIT, required=False, help_text="Team or department.")
    ends_on = forms.DateField(label="Last day", required=False, widget=_DAY, help_text=_LAST_DAY_HINT)

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = _role_field(desk)

    def facts(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {**typed, "role": Role(typed["role"])}


class RoleForm(forms.Form):
    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = _role_field(desk)

    @property
    def chosen(self) -> Role:
        return Role(self.cleaned_data["role"])


class UnitForm(forms.Form):
    unit = forms.CharField(label="Unit", max_length=NAME_LIMIT, required=False, help_text="Team or department.")


class LastDayForm(forms.Form):
    ends_on = forms.DateField(label="Last day", required=False, widget=_DAY, help_text=_LAST_DAY_HINT)


class MemberField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none at run time
    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.user} ({obj.user.email})" if obj.user.name else obj.user.email


class TeamForm(forms.Form):
    name = forms.CharField(label="Name", max_length=NAME_LIMIT)


class JoinForm(forms.Form):
    """Whoever is a member and not in the team."""

    member = MemberField(Membership.objects.none(), label="Member")

    def __init__(self, *args: Any, desk: Desk, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = desk.members().acting().exclude(team_memberships__team=team)
        self.fields["member"] = MemberField(others, label="Member", empty_label="Choose somebody")


class OffboardForm(forms.Form):
    """Now, or at the end of a day (UTC)."""

    successor = MemberField(Membership.objects.none(), label="Successor", required=False)
    due_on = forms.DateField(
        label="When", required=False, widget=_DAY, help_text="Empty: now. A day: at its end (24:00 UTC)."
    )
    reason = forms.CharField(label="Reason", max_length=REASON_LIMIT, required=False, help_text="Kept in the log.")

    def __init__(self, *args: Any, desk: Desk, leaver: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        heirs, proposed = desk.members().acting().exclude(pk=leaver.pk), "As proposed above"
        self.fields["successor"] = MemberField(heirs, label="Successor", required=False, empty_label=proposed)

    def clean_due_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["due_on"]
        if day and day < timezone.now().date():
            raise forms.ValidationError("This day is over.")
        return day

    @property
    def due_at(self) -> dt.datetime | None:
        day: dt.date | None = self.cleaned_data["due_on"]
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC) if day else None


def _role_field(desk: Desk) -> forms.ChoiceField:
    choices = [(role.value, role.name.title()) for role in desk.roles]
    return forms.ChoiceField(label="Role", choices=choices, initial=Role.DEVELOPER)
