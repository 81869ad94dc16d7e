"""Platform roles by claims: one connection may be the instance's own, and its claims make operators."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User
from accounts.services.platform_roles import EVERYBODY, set_platform_roles_from_claims
from keyvault.actor import Origin, PlatformRole, system
from orgs.models import Connection
from orgs.sign_on.claims import Claims

_FORM = "claim=value:role, or *:role for everybody that the connection signs in"


def take_roles_from_claims(*, origin: Origin, connection: Connection, user: User, claims: Claims) -> None:
    """At each sign-in through ``KEYVAULT_OPERATOR_CONNECTION``; through any other, nothing."""
    if not settings.KEYVAULT_OPERATOR_CONNECTION or connection.key != settings.KEYVAULT_OPERATOR_CONNECTION:
        return
    actor = replace(system(f"single sign-on by {connection.name}"), origin=origin)
    held = [f"{claim}={value}" for claim, values in claims.items() for value in values]
    set_platform_roles_from_claims(actor=actor, user=user, claims=held, mapping=operator_roles())


def operator_roles() -> dict[str, list[PlatformRole]]:
    """``KEYVAULT_OPERATOR_ROLES``. Raises ImproperlyConfigured."""
    mapping: dict[str, list[PlatformRole]] = {}
    for entry in filter(None, map(str.strip, settings.KEYVAULT_OPERATOR_ROLES)):
        source, _, role = entry.rpartition(":")
        claim, equals, value = source.partition("=")
        if role not in frozenset(PlatformRole) or (source != EVERYBODY and not (claim and equals and value)):
            raise ImproperlyConfigured(f"KEYVAULT_OPERATOR_ROLES: {entry} is not {_FORM}.")
        mapping.setdefault(source, []).append(PlatformRole(role))
    return mapping


def check_operator_roles(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    try:
        operator_roles()
    except ImproperlyConfigured as problem:
        return [Error(str(problem), id="keyvault.E101")]
    return []
