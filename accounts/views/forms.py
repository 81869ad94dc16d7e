"""What people type on these pages."""

from django import forms

_CODE = forms.TextInput(
    attrs={"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "none", "spellcheck": "false"}
)
_NAME_LIMIT = 64


class CodeForm(forms.Form):
    """Six digits, or a recovery code with or without hyphens."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        widget=_CODE,
        help_text="Six digits from your authenticator app, or a recovery code.",
    )


class SetUpForm(forms.Form):
    code = forms.CharField(
        label="Code", max_length=10, widget=_CODE, help_text="The six digits that the app shows now."
    )
    name = forms.CharField(
        max_length=_NAME_LIMIT, required=False, help_text="To tell it from others: “Phone”, “Work laptop”."
    )


class PasskeyForm(forms.Form):
    """``credential`` is filled in by the browser's side of the ceremony (static/kv/passkeys.js)."""

    name = forms.CharField(
        max_length=_NAME_LIMIT, required=False, help_text="To tell it from others: “Laptop”, “Blue key”."
    )
    credential = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": "The browser has made no passkey."}
    )


class NameForm(forms.Form):
    name = forms.CharField(max_length=_NAME_LIMIT)


class PasswordForm(forms.Form):
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), max_length=4096
    )
