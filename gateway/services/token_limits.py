"""The limits that a token is issued with: kept for the room of tokens, in its transaction and under its event."""

from dataclasses import fields

from gateway.models import Limit
from orgs.models import Organization
from tokens.limits import NONE, Limits
from tokens.models import AccessToken

_COLUMNS = tuple(field.name for field in fields(Limits))


def limits_of(org: Organization, first: AccessToken) -> Limits:
    row = Limit.objects.filter(org=org, token=first).values(*_COLUMNS).first()
    return Limits(**row) if row else NONE


def keep_limits(token: AccessToken, limits: Limits) -> None:
    Limit.objects.create(org=token.org, token=token, **limits.given)
