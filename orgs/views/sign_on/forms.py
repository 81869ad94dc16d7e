"""What an owner types of a connection, by kind. Secrets are taken and never shown again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from keyvault.errors import Invalid
from orgs.models import Kind
from orgs.names import NAME_LIMIT
from orgs.sign_on import metadata
from orgs.sign_on.checking import LIMIT
from orgs.sign_on.configurations import (
    GITHUB,
    Configuration,
    GitHubConfiguration,
    OidcConfiguration,
    SamlConfiguration,
)


class ConnectionForm(forms.Form):
    """``before`` is the configuration to change; a secret that is left empty stays as it is."""

    name = forms.CharField(label="Name", max_length=NAME_LIMIT, help_text="What people read on the button.")

    def __init__(self, *args: Any, before: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        if before is not None:
            for name, field in self.fields.items():
                field.initial = getattr(before, name, field.initial)
            self.keep_what_is_not_shown()

    def keep_what_is_not_shown(self) -> None:
        """Of a connection that exists."""
        secret = self.fields["client_secret"]
        secret.required, secret.initial, secret.help_text = False, None, "Empty: it stays as it is."

    def configuration(self) -> Configuration:
        raise NotImplementedError

    def _secret(self) -> str:
        typed: str = self.cleaned_data["client_secret"]
        return typed or (self.before.client_secret if self.before else "")


def _secret_field() -> forms.CharField:
    return forms.CharField(
        label="Client secret", strip=True, max_length=LIMIT, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


class OidcForm(ConnectionForm):
    issuer = forms.CharField(
        label="Issuer", max_length=LIMIT, help_text="As the provider writes it, such as https://login.example.com/acme."
    )
    client_id = forms.CharField(label="Client ID", max_length=LIMIT)
    client_secret = _secret_field()
    scopes = forms.CharField(
        label="Scopes",
        max_length=LIMIT,
        initial="openid profile email",
        help_text="Some providers send groups only for a scope of their own.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.before is not None:
            self.fields["scopes"].initial = " ".join(self.before.scopes)

    def configuration(self) -> OidcConfiguration:
        typed = self.cleaned_data
        scopes = tuple(typed["scopes"].split())
        return OidcConfiguration(typed["issuer"], typed["client_id"], self._secret(), scopes)


class GitHubForm(ConnectionForm):
    organization = forms.CharField(label="Organisation at GitHub", max_length=39, help_text="Only its members come in.")
    client_id = forms.CharField(label="Client ID", max_length=LIMIT)
    client_secret = _secret_field()
    url = forms.CharField(
        label="Address", max_length=LIMIT, initial=GITHUB, help_text="Another one for GitHub Enterprise Server."
    )

    def configuration(self) -> GitHubConfiguration:
        typed = self.cleaned_data
        url = typed["url"].rstrip("/")
        return GitHubConfiguration(typed["organization"], typed["client_id"], self._secret(), url)


class SamlForm(ConnectionForm):
    metadata_file = forms.FileField(label="The provider's metadata, as a file", required=False)
    metadata = forms.CharField(
        label="Or pasted here",
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    uid_attribute = forms.CharField(
        label="Attribute that never changes of a person",
        max_length=LIMIT,
        required=False,
        help_text="Such as an object ID. Empty: the NameID, which must then be persistent.",
    )
    email_attribute = forms.CharField(
        label="Attribute of the mail address", max_length=LIMIT, required=False, help_text="Empty: the usual ones."
    )
    name_attribute = forms.CharField(
        label="Attribute of the name", max_length=LIMIT, required=False, help_text="Empty: the usual ones."
    )

    def keep_what_is_not_shown(self) -> None:
        self.fields["metadata_file"].help_text = "None, and nothing pasted: it stays as it is."

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        text = _text_of(typed.get("metadata_file")) or typed.get("metadata") or ""
        if not text and self.before is None:
            self.add_error("metadata", "The provider's metadata is needed.")
        elif text:
            self._read(text)
        return typed

    def _read(self, text: str) -> None:
        try:
            self.cleaned_data["read"] = metadata.read_metadata(text)
        except Invalid as refused:
            self.add_error("metadata", refused.detail)

    def configuration(self) -> SamlConfiguration:
        typed = self.cleaned_data
        provider = typed.get("read") or self.before
        attributes = (typed["uid_attribute"], typed["email_attribute"], typed["name_attribute"])
        return SamlConfiguration(provider.entity_id, provider.sso_url, tuple(provider.certificates), *attributes)


FORMS: dict[str, type[ConnectionForm]] = {Kind.OIDC: OidcForm, Kind.SAML: SamlForm, Kind.GITHUB: GitHubForm}


def _text_of(upload: Any) -> str:
    """Of a file that was sent along, or none."""
    if upload is None:
        return ""
    if upload.size and upload.size > metadata.LIMIT:
        raise ValidationError("The file is too large for metadata.")
    return bytes(upload.read()).decode("utf-8-sig", "replace").strip()
