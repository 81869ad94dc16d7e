"""The forms of signing up, signing in and passwords: allauth's, with our labels, limits and events."""

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account import forms as allauth
from allauth.core import context
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from audit.services import Outcome
from keyvault.errors import Invalid
from keyvault.flows import person_events as events
from keyvault.flows.sign_up import SIGN_UP, sign_up, sign_up_is_open
from keyvault.middleware import origin_of
from orgs.access import person_outside
from orgs.names import NAME_LIMIT, clean_name

_GOOD_PASSWORD = "At least 12 characters. A few unusual words do well."  # noqa: S105 - a hint


class Dressed(forms.Form):
    """Labels instead of placeholders; ``labels`` and ``hints`` by the field's name."""

    labels: ClassVar[Mapping[str, str]] = {}
    hints: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class SignInForm(Dressed, allauth.LoginForm):  # type: ignore[misc]  # allauth has no types
    labels: ClassVar[Mapping[str, str]] = {"login": "Email", "password": "Password"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def sign_up_is_open(self) -> bool:
        return sign_up_is_open()


class SignUpForm(Dressed, allauth.SignupForm):  # type: ignore[misc]
    name = forms.CharField(max_length=NAME_LIMIT, required=False)
    organization = forms.CharField(max_length=NAME_LIMIT)

    field_order = ("organization", "name", "email", "password1", "password2")
    labels: ClassVar[Mapping[str, str]] = {
        "organization": "Organisation",
        "name": "Your name",
        "email": "Email",
        "password1": "Password",
        "password2": "The same password again",
    }
    hints: ClassVar[Mapping[str, str]] = {
        "organization": "Your company or team. You become its owner.",
        "password1": _GOOD_PASSWORD,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].widget.attrs["autocomplete"] = "organization"
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        return _clean(name) if name else ""

    def clean_organization(self) -> str:
        return _clean(self.cleaned_data["organization"])

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Of an address that has an account nothing is made; the work of a hash is done all the same."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
            typed, origin = self.cleaned_data["email"], origin_of(request)
            events.record_unknown(SIGN_UP, typed=typed, origin=origin, reason="address-taken")
        user, response = super().try_save(request)
        return user, response

    def save(self, request: HttpRequest) -> User:
        """Person, organization, keys and events in one transaction."""

        def person() -> User:
            user: User = super(SignUpForm, self).save(request)
            return user

        organization = self.cleaned_data["organization"]
        return sign_up(origin=origin_of(request), organization=organization, person=person).user

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class AskForResetForm(Dressed, allauth.ResetPasswordForm):  # type: ignore[misc]
    labels: ClassVar[Mapping[str, str]] = {"email": "Email"}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """That of an account is recorded where its mail is sent (:mod:`keyvault.flows.adapter`)."""
        if not self.users:
            typed, origin = self.cleaned_data["email"], origin_of(request)
            events.record_unknown(events.ASK_FOR_RESET, typed=typed, origin=origin, reason="unknown-account")
        return str(super().save(request, **kwargs))


class ResetPasswordForm(Dressed, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    labels: ClassVar[Mapping[str, str]] = {"password1": "New password", "password2": "The same password again"}
    hints: ClassVar[Mapping[str, str]] = {"password1": _GOOD_PASSWORD}


class ChangePasswordForm(Dressed, allauth.ChangePasswordForm):  # type: ignore[misc]
    labels: ClassVar[Mapping[str, str]] = {**ResetPasswordForm.labels, "oldpassword": "Current password"}
    hints: ClassVar[Mapping[str, str]] = ResetPasswordForm.hints

    def clean_oldpassword(self) -> str:
        """Whoever sits at an open session and guesses is seen."""
        try:
            return str(super().clean_oldpassword())
        except forms.ValidationError:
            events.record_person(
                events.CHANGE_PASSWORD,
                actor=person_outside(self.user, origin=origin_of(context.request)),
                user=self.user,
                outcome=Outcome.DENIED,
                reason="wrong-password",
            )
            raise


def _clean(name: str) -> str:
    try:
        return clean_name(name)
    except Invalid as refused:
        raise forms.ValidationError(refused.detail) from None
