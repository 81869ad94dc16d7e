"""How people stand in lists and details."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from accounts.access import INSTALLATION
from accounts.homes import homes_of
from accounts.models import User
from accounts.services.factors import has_factor
from keyvault.actor import PlatformRole
from keyvault.admin import cells
from keyvault.flows.operators.factor_resets import due_reset_of
from keyvault.target import Target

PLATFORM_ROLES = frozenset(PlatformRole)


def role_name(role: PlatformRole) -> str:
    return "MCP admin" if role is PlatformRole.MCP_ADMIN else role.value.replace("_", " ").capitalize()


def platform_roles(user: User) -> list[PlatformRole]:
    """By the groups that were fetched with the person."""
    if not (user.is_active and user.is_staff):
        return []
    return sorted(PlatformRole(group.name) for group in user.groups.all() if group.name in PLATFORM_ROLES)


def status_badge(user: User) -> SafeString:
    return cells.badge("Active", "ok") if user.is_active else cells.badge("Inactive", "danger")


def factor_cell(user: User) -> str:
    due = due_reset_of(user)
    if due:
        return f"taken away at {due.due_at:%Y-%m-%d %H:%M} UTC, asked for by {due.asked_by}"
    return "set up" if has_factor(user) else "none"


def targets_of(user: User) -> Sequence[Target]:
    """Each organization of the person hears of it; of somebody in none the installation."""
    homes = homes_of(user.pk)
    return [Target(org=org, about=user.ref) for org in homes] or [Target(org=INSTALLATION.org, about=user.ref)]
