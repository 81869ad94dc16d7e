"""What tables and details of the admin are filled with: times, states, codes, links."""

import datetime as dt
from typing import Literal

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from keyvault.target import Ref
from orgs.models import Organization

Tone = Literal["ok", "warn", "danger", "plain"]

NOTHING = format_html('<span class="quiet">{}</span>', "–")


def moment(at: dt.datetime | None, *, never: str = "–") -> SafeString:
    """In UTC, to the minute; exact in its title."""
    if at is None:
        return format_html('<span class="quiet">{}</span>', never)
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', at.isoformat(), date_format(at, "j M Y H:i"))


def day(at: dt.datetime) -> SafeString:
    """For lists: the time of day is in its title."""
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', at.isoformat(), date_format(at, "j M Y"))


def ago(at: dt.datetime | None, *, never: str = "Never") -> SafeString:
    if at is None:
        return format_html('<span class="quiet">{}</span>', never)
    passed = timezone.now() - at
    text = "Just now" if passed < dt.timedelta(minutes=1) else f"{timesince(at, timezone.now(), depth=1)} ago"
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', at.isoformat(), text)


def badge(text: str, tone: Tone) -> SafeString:
    return format_html('<span class="kv-badge" data-tone="{}">{}</span>', tone, text)


def code(text: str) -> SafeString:
    return format_html("<code>{}</code>", text) if text else NOTHING


def words(*texts: str) -> SafeString | str:
    """Those that are not empty."""
    return ", ".join(filter(None, texts)) or NOTHING


def link(to: str, text: str, *arguments: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(to, args=arguments), text)


def organization(org: Organization, *, linked: bool = True) -> SafeString | str:
    return link("admin:orgs_organization_change", org.name, org.pk) if linked else org.name


def label(ref: Ref | dict[str, str] | None) -> SafeString | str:
    """The name of what an event is about."""
    if ref is None:
        return NOTHING
    return ref.name if isinstance(ref, Ref) else ref["name"]
