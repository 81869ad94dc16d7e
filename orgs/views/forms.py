"""What people type on these pages."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from keyvault.errors import Invalid
from orgs.models import Invitation
from orgs.names import NAME_LIMIT, clean_name

_NEW_PASSWORD = {"autocomplete": "new-password"}


class NewAccountForm(forms.Form):
    """Name and password of a new account; the address is the invitation's and is no field."""

    name = forms.CharField(
        label="Your name", max_length=NAME_LIMIT, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password1 = forms.CharField(
        label="Password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs=_NEW_PASSWORD),
        help_text="At least 12 characters. A few unusual words do well.",
    )
    password2 = forms.CharField(
        label="The same password again", strip=False, max_length=4096, widget=forms.PasswordInput(attrs=_NEW_PASSWORD)
    )

    def __init__(self, *args: Any, invited: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = invited.email

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        try:
            return clean_name(name) if name else ""
        except Invalid as refused:
            raise ValidationError(refused.detail) from None

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        password = typed.get("password1")
        if password:
            self._check(password, User(email=self._email, name=typed.get("name", "")))
            if password != typed.get("password2"):
                self.add_error("password2", "These are two different passwords.")
        return typed

    def facts(self) -> dict[str, str]:
        return {"name": self.cleaned_data["name"], "password": self.cleaned_data["password1"]}

    def _check(self, password: str, user: User) -> None:
        try:
            get_adapter().clean_password(password, user=user)
        except ValidationError as weak:
            self.add_error("password1", weak)
