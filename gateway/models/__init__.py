"""What the gateway's acts store: organizations' own upstreams, the labels of its hosts, limits."""

from gateway.models.change import Change, Worker
from gateway.models.label import HostLabel
from gateway.models.limit import Limit
from gateway.models.upstream import Upstream

__all__ = ["Change", "HostLabel", "Limit", "Upstream", "Worker"]
