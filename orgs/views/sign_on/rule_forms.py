"""What an owner types of who comes in: rules of a connection, mappings of claims, domains."""

from typing import Any, ClassVar

from django import forms

from orgs.models import Connection, Team
from orgs.models.connection import MAPPED_ROLES
from orgs.sign_on.checking import LIMIT

_ROLES = [(role, role.title()) for role in MAPPED_ROLES]


class RulesForm(forms.Form):
    default_role = forms.ChoiceField(
        label="Role of people without a mapped one",
        required=False,
        choices=[("", "None: they are refused"), *_ROLES],
    )
    trust_unmarked_email = forms.BooleanField(
        label="The provider vouches for every address it sends",
        required=False,
        help_text="For providers that do not say whether an address is verified. Not for ones that anybody can join.",
    )
    enabled = forms.BooleanField(label="People may sign in by this connection", required=False)

    field_names: ClassVar[tuple[str, ...]] = ("default_role", "trust_unmarked_email", "enabled")

    @classmethod
    def of(cls, connection: Connection) -> "RulesForm":
        return cls(initial={name: getattr(connection, name) for name in cls.field_names})


class RoleMappingForm(forms.Form):
    claim = forms.CharField(label="Claim", max_length=LIMIT, initial="groups")
    value = forms.CharField(label="Value", max_length=LIMIT)
    role = forms.ChoiceField(label="Role", choices=_ROLES)


class TeamMappingForm(forms.Form):
    claim = forms.CharField(label="Claim", max_length=LIMIT, initial="groups")
    value = forms.CharField(label="Value", max_length=LIMIT)
    team = forms.ModelChoiceField(label="Team", queryset=Team.objects.none(), empty_label=None)

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(org_id=connection.org_id).select_related("org")
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField's


class DomainForm(forms.Form):
    name = forms.CharField(label="Domain", max_length=253, help_text="What stands behind the @ of your addresses.")
