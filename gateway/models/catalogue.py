"""Rows under the names that operators look for them by. No tables of their own."""

from typing import ClassVar

from gateway.models.upstream import Upstream
from gateway.models.usage import Hour


class McpServer(Upstream):
    """An organization's own upstream that speaks MCP."""

    class Meta:
        proxy = True
        managed = False
        ordering: ClassVar[list[str]] = ["slug"]


class CatalogueModel(Hour):
    """A provider's model, by what was used of it."""

    class Meta:
        proxy = True
        managed = False
