"""The sign-up form: a person and the organization that becomes theirs."""

from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.http import HttpRequest

from accounts.models import User
from keyvault.errors import Invalid
from keyvault.flows.sign_up import sign_up
from keyvault.middleware import origin_of
from orgs.names import NAME_LIMIT, clean_name


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no types
    name = forms.CharField(label="Your name", max_length=NAME_LIMIT, required=False)
    organization = forms.CharField(label="Organisation", max_length=NAME_LIMIT)

    field_order = ("organization", "name", "email", "password1", "password2")

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        return _clean(name) if name else ""

    def clean_organization(self) -> str:
        return _clean(self.cleaned_data["organization"])

    def save(self, request: HttpRequest) -> User:
        """Person, organization, keys and events in one transaction."""

        def person() -> User:
            user: User = super(SignUpForm, self).save(request)
            return user

        return sign_up(origin=origin_of(request), organization=self.cleaned_data["organization"], person=person).user

    def custom_signup(self, request: HttpRequest, user: Any) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


def _clean(name: str) -> str:
    try:
        return clean_name(name)
    except Invalid as refused:
        raise forms.ValidationError(refused.detail) from None
