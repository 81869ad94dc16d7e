"""SSO connections of every organization: their kind, on or off, what their claims make of people. Never their keys."""

from typing import Any

from django.contrib.admin import display
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.access import may_operate
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.entry import operator_of
from keyvault.admin.filters import Choice
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Cell, Detail, Facts, Table
from orgs.models import Connection, RoleMapping, TeamMapping

_SHOWN_MAPPINGS = 200


class EnabledFilter(Choice):
    title = "status"
    parameter_name = "status"
    options = {"on": ("On", lambda: Q(enabled=True)), "off": ("Off", lambda: Q(enabled=False))}


class ConnectionsPage(OperatorPage):
    see = PlatformAct.SEE_CONNECTIONS
    label, one = "SSO connections", "SSO connection"
    about = "Identity providers of organisations, and what their claims map to"
    unread = ("configuration",)

    list_display = ("name", "organization", "kind", "status", "default_role", "created")
    list_filter = (EnabledFilter,)
    list_select_related = ("org",)
    search_fields = ("name", "org__name", "org__slug")
    search_help_text = "Name or organisation"
    ordering = ("-created_at",)

    @display(description="Organisation", ordering="org__name")
    def organization(self, connection: Connection) -> str:
        return connection.org.name

    @display(description="Status", ordering="enabled")
    def status(self, connection: Connection) -> SafeString:
        return status_badge(connection)

    @display(description="Created", ordering="created_at")
    def created(self, connection: Connection) -> SafeString:
        return cells.day(connection.created_at)

    def rows_in_detail(self, request: HttpRequest) -> Any:
        return self.get_queryset(request).select_related("org")

    def detail(self, request: HttpRequest, row: Connection) -> Detail:
        linked = may_operate(operator_of(request), PlatformAct.SEE_ORGANIZATIONS)
        facts: list[tuple[str, Cell]] = [
            ("Organisation", cells.organization(row.org, linked=linked)),
            ("Kind", row.get_kind_display()),
            ("Without a mapped role", row.default_role or "refused"),
            ("Unmarked addresses", "taken for verified" if row.trust_unmarked_email else "refused"),
            ("Created", cells.moment(row.created_at)),
        ]
        return Detail(
            title=row.name,
            subtitle=status_badge(row),
            facts=[Facts("Connection", facts)],
            tables=[_roles(row), _teams(row)],
        )


def _roles(connection: Connection) -> Table:
    mappings = RoleMapping.objects.filter(connection=connection).order_by("claim", "value")[:_SHOWN_MAPPINGS]
    rows = [[cells.code(each.claim), cells.code(each.value), each.role] for each in mappings]
    return Table("Claims and roles", ("Claim", "Value", "Role"), rows, empty="No claim maps to a role.")


def _teams(connection: Connection) -> Table:
    mappings = TeamMapping.objects.filter(connection=connection).select_related("team").order_by("claim", "value")
    rows = [[cells.code(each.claim), cells.code(each.value), each.team.name] for each in mappings[:_SHOWN_MAPPINGS]]
    return Table("Claims and teams", ("Claim", "Value", "Team"), rows, empty="No claim maps to a team.")


def status_badge(connection: Connection) -> SafeString:
    return cells.badge("On", "ok") if connection.enabled else cells.badge("Off", "plain")
