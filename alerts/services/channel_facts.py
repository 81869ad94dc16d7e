"""What a channel may say, made clean."""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from alerts.catalogue import Kind
from alerts.recipients import admitted_of
from alerts.sending.webhook import PURPOSE
from keyvault.egress import EgressRefused, require_askable
from keyvault.target import Tier
from orgs.models import Organization
from orgs.names import clean_each, invalid

MOST_RECIPIENTS = 20
URL_LIMIT = 2000  # characters


def require_one_of(field: str, value: str, values: Sequence[str]) -> str:
    if value not in values:
        raise invalid(field, f"One of {', '.join(values)}.")
    return value


def clean_kinds(kinds: Collection[str]) -> list[str]:
    if not set(kinds) <= set(Kind):
        raise invalid("kinds", f"The rules are {', '.join(Kind)}.")
    return sorted(set(kinds))


def clean_tiers(tiers: Collection[str]) -> list[str]:
    if not set(tiers) <= set(Tier):
        raise invalid("tiers", f"The tiers are {', '.join(Tier)}.")
    return sorted(set(tiers))


def clean_address(url: str) -> tuple[str, str]:
    """The address and its host. Raises Invalid for what may not be asked; whether it answers, a test tells."""
    url = url.strip()
    if len(url) > URL_LIMIT:
        raise invalid("url", f"At most {URL_LIMIT} characters.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise invalid("url", "An address has letters, digits and signs of ASCII alone.")
    try:
        require_askable(url, PURPOSE)
    except EgressRefused as refused:
        raise invalid("url", str(refused)) from None
    return url, (urlsplit(url).hostname or "")[:255]


def clean_recipients(org: Organization, addresses: Collection[str]) -> list[str]:
    """Raises Invalid for an address that alerts of the organization may not go to (:mod:`alerts.recipients`)."""
    if len(addresses) > MOST_RECIPIENTS:
        raise invalid("recipients", f"At most {MOST_RECIPIENTS} addresses.")
    cleaned = clean_each("recipients", addresses, _clean_recipient)
    admitted = set(admitted_of(org.pk, cleaned))
    for number, address in enumerate(cleaned, 1):
        if address not in admitted:
            raise invalid("recipients", f"Entry {number} is no member's address and in no domain that you have proven.")
    return list(cleaned)


def _clean_recipient(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError("is no mail address") from None
    return text
