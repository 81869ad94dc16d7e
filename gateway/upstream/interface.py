"""What a way out to a provider can do: ``request``, ``read``, ``release``."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.model import Base

if TYPE_CHECKING:
    from gateway.upstream.dialing import Dialer

Headers = Sequence[tuple[bytes, bytes]]


class UpstreamError(Exception):
    """The provider gave no answer, or none that may be passed on. ``rule`` is a stable word; no text names a key."""

    rule = "upstream-failed"
    status = 502


class AddressRefused(UpstreamError):
    """The name leads to an address where no provider is."""

    rule = "upstream-address"


class CannotConnect(UpstreamError):
    rule = "upstream-unreachable"


class Busy(UpstreamError):
    """Too many requests are under way to this provider."""

    rule = "upstream-busy"
    status = 503


class Broken(UpstreamError):
    """The connection ended or the answer is malformed. ``unanswered``: not a byte of an answer had come."""

    rule = "upstream-broken"

    def __init__(self, text: str, *, unanswered: bool = False) -> None:
        super().__init__(text)
        self.unanswered = unanswered


@dataclass(slots=True)
class Call:
    """One request to a provider. ``target`` is the path with the base's prefix and the query; it may hold a key."""

    base: Base
    method: str
    target: bytes = field(repr=False)
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    """Without Host and without framing, which the client writes."""
    body: bytes | AsyncIterator[bytes] = field(default=b"", repr=False)
    length: int | None = None
    """Of a body that is an iterator; None where it is not known, and chunks are sent."""
    repeatable: bool = False
    """Whether it may be sent again where a kept connection dies before a byte of the answer."""


class Answer(Protocol):
    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Headers:
        """Lower-case names, in the order in which they came."""

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to read."""

    async def read(self) -> bytes:
        """What has come since, as soon as it comes; empty at the end. Raises Broken."""

    def release(self) -> None:
        """Done with it: an answer that has not ended loses its connection, and the provider knows."""


class Upstream(Protocol):
    dialer: "Dialer"
    """Its way to connections, which WebSockets take too."""

    async def request(self, call: Call) -> Answer:
        """Comes back with the head of the answer. Raises UpstreamError."""

    def sweep(self) -> None:
        """Lets go of connections that were idle for long. Called every moment."""

    async def close(self) -> None: ...
