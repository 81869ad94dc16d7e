"""The forms of a channel: of mail and of a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.catalogue import STANDARD, Kind, Severity
from alerts.models import Channel, Mode
from keyvault.target import Tier
from orgs.names import NAME_LIMIT

_TIERS = [(tier.value, tier.name.title()) for tier in Tier]
_KINDS = [(kind.value, STANDARD[kind].title) for kind in Kind]


class ChannelForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_LIMIT)
    least = forms.ChoiceField(
        label=_("From which severity"),
        choices=[(level.value, level.value.title()) for level in Severity],
        initial=Severity.WARNING.value,
    )
    tiers = forms.MultipleChoiceField(
        label=_("Only for these environments"), required=False, choices=_TIERS, widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        label=_("Only for these rules"), required=False, choices=_KINDS, widget=forms.CheckboxSelectMultiple
    )


class MailForm(ChannelForm):
    recipients = forms.CharField(
        label=_("Recipients"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: members, or addresses in a domain that you have proven. Empty: owners and admins."),
    )
    mode = forms.ChoiceField(label=_("How often"), choices=Mode.choices, initial=Mode.AT_ONCE.value)

    def clean_recipients(self) -> list[str]:
        lines: str = self.cleaned_data["recipients"]
        return lines.replace(",", " ").split()


class WebhookForm(ChannelForm):
    url = forms.CharField(
        label=_("Address"), max_length=2000, help_text=_("It begins with https:// and is not shown again.")
    )


def form_of(channel: Channel, data: Any) -> ChannelForm:
    """With what the channel has now; its address is asked for only to replace it."""
    now: dict[str, Any] = {field: getattr(channel, field) for field in ("name", "least", "tiers", "kinds", "mode")}
    if channel.url is not None:
        form: ChannelForm = WebhookForm(data, initial=now)
        form.fields["url"].required = False
    else:
        form = MailForm(data, initial={**now, "recipients": "\n".join(channel.recipients)})
    if channel.is_default:
        del form.fields["recipients"]
    form.fields["enabled"] = forms.BooleanField(label=_("On"), required=False, initial=channel.enabled)
    return form
