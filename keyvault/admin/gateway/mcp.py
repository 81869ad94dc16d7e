"""MCP servers: those that the gateway knows, those of organizations, and which tools of them may be called."""

from django.http import HttpRequest

from accounts.platform import PlatformAct
from gateway.model import WireProtocol
from gateway.models import Limit, McpServer
from gateway.proxy.providers import load
from keyvault.admin import cells
from keyvault.admin.gateway.budgets import subject
from keyvault.admin.parts import Cell, Detail, Table
from keyvault.admin.single import SinglePage

_MOST = 500


class McpPage(SinglePage):
    see = PlatformAct.SEE_MCP
    label, one = "MCP servers", "MCP server"
    about = "MCP servers, and which of their tools may be called"

    def look(self, request: HttpRequest) -> Detail:
        return Detail(self.label, tables=[_presets(), _own(), _allowed()])


def _presets() -> Table:
    rows: list[list[Cell]] = [
        [provider.title, cells.code(provider.slug), provider.base, _tools(provider.tools)]
        for provider in load().values()
        if provider.protocol is WireProtocol.MCP
    ]
    return Table("Presets", ("Server", "Name", "Answers at", "Tools"), rows)


def _own() -> Table:
    found = McpServer.objects.filter(protocol=WireProtocol.MCP).select_related("org").order_by("org__slug", "slug")
    rows: list[list[Cell]] = [
        [
            cells.organization(server.org),
            cells.code(server.slug),
            server.base,
            _tools(server.tools),
            cells.badge("Switched off", "plain") if server.disabled_at else cells.badge("On", "ok"),
        ]
        for server in found[:_MOST]
    ]
    columns = ("Organisation", "Name", "Answers at", "Tools", "State")
    return Table("Servers of organisations", columns, rows, "No organisation has added one.")


def _allowed() -> Table:
    limits = Limit.objects.exclude(allowed_tools=[]).select_related("org", "project", "token")
    rows: list[list[Cell]] = [
        [cells.organization(limit.org), subject(limit), _tools(limit.allowed_tools)]
        for limit in limits.order_by("org__slug", "pk")[:_MOST]
    ]
    return Table("Tools that are kept to", ("Organisation", "Of", "Tools"), rows, "No token, project or organisation.")


def _tools(tools: tuple[str, ...] | list[str]) -> Cell:
    return cells.code(", ".join(tools)) if tools else "any"
