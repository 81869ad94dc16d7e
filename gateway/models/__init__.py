"""What the gateway's acts store, upstreams, labels and limits; and what its workers do, usage and shares of limits."""

from gateway.models.catalogue import CatalogueModel, McpServer
from gateway.models.change import Change, Worker
from gateway.models.label import HostLabel
from gateway.models.limit import Limit
from gateway.models.pool import Pool, Slice
from gateway.models.upstream import Upstream
from gateway.models.usage import Hour, Minute, Usage

__all__ = [
    "CatalogueModel",
    "Change",
    "HostLabel",
    "Hour",
    "Limit",
    "McpServer",
    "Minute",
    "Pool",
    "Slice",
    "Upstream",
    "Usage",
    "Worker",
]
