"""What the gateway knows while a request passes: providers, tokens, bindings, refusals. Pure.

Rows become these values off the hot path. A token that changes becomes a new :class:`Token`; the streams that live
under the old one are asked to reconsider (:meth:`Stream.reconsider`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from keyvault.actor import Network, TokenKind
from keyvault.networks import Address
from tokens.origins import AllowedOrigin


class Style(StrEnum):
    """Where a credential stands in a request."""

    BEARER = "bearer"  # Authorization: Bearer <key>
    TOKEN = "token"  # noqa: S105 # Authorization: Token <key>
    RAW = "raw"  # Authorization: <key>
    HEADER = "header"  # <name>: <key>
    BASIC_USER = "basic-user"  # Basic with the key for a user and no password
    BASIC_PASSWORD = "basic-password"  # noqa: S105 # Basic with the field <name> for a user and the key for a password
    QUERY = "query"  # ?<name>=<key>


class WireProtocol(StrEnum):
    """What a provider speaks, as far as it is read here."""

    HTTP = "http"
    MCP = "mcp"  # streamable HTTP: JSON-RPC in bodies, see gateway/proxy/mcp.py


@dataclass(frozen=True, slots=True)
class Slot:
    """``bearer``, ``header:x-api-key``, ``query:key``: the style, and the name where the style has one."""

    style: Style
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Slot":
        """Raises ValueError for an unknown style."""
        style, _, name = text.partition(":")
        return cls(Style(style), name.lower() if style == Style.HEADER else name)

    def __str__(self) -> str:
        return f"{self.style}:{self.name}" if self.name else str(self.style)


@dataclass(frozen=True, slots=True)
class Base:
    """Where a provider answers. ``prefix`` is empty, or begins with a slash and ends without one."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def parse(cls, url: str) -> "Base":
        """Raises ValueError for what is not ``http(s)://host[:port][/prefix]``."""
        parts = urlsplit(url)
        default = {"https": 443, "http": 80}.get(parts.scheme)
        if default is None or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("a base address is http(s)://host[:port][/prefix]")
        return cls(parts.scheme, parts.hostname, parts.port or default, parts.path.rstrip("/"))

    @property
    def authority(self) -> str:
        """As the Host header has it: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Variables:
    """What a ``.env`` names: the key, and the base address with the path that the SDK expects in it."""

    key: str
    base: str
    path: str = ""
    read: bool = False
    """Whether its SDK reads the base address by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One preset of ``providers.toml``, or an organization's own upstream."""

    slug: str
    title: str
    base: str
    """``https://api.openai.com``; may hold ``{variables}``, which a binding fills in."""
    variables: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Which hosts the base may come to; none: any that its form admits."""
    slots: tuple[Slot, ...]
    """Where the provider takes its key: the client's own slot if it is among them, else the first."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Further headers by the name of the secret's field that fills them."""
    paths: tuple[str, ...] = ("/",)
    """Prefixes of the paths that may be asked, by whole segments; a segment ``*`` is any one."""
    denied: tuple[str, ...] = ()
    websocket: bool = False
    protocol: WireProtocol = WireProtocol.HTTP
    tools: tuple[str, ...] = ()
    """Of an MCP server, what may be called: ``search``, ``list_*``, and methods as ``:resources/*``; none: anything."""
    echoes: bool = False
    """Whether answers may hold what was sent, so that even a good one is searched for the key."""
    own: bool = False
    """An organization's own upstream, whose slots no other request is searched for."""
    errors: str = "openai"
    """The shape of errors that its SDKs read: openai, anthropic, google, jsonrpc."""
    usage: str = ""
    """Which reader finds the usage in its answers; none where it has none."""
    env: Variables | None = None
    first_byte_seconds: float = 120.0
    body_limit: int = 32 * 1024 * 1024
    mark: str = "unverified"
    """verified (asked with an SDK or seen on the wire), documented, or unverified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The key that a token stands for at one provider. ``sealed`` is the state's own reference to the envelope."""

    secret_id: UUID
    version_id: UUID
    provider: Provider
    base: Base
    sealed: Any = field(default=None, repr=False)


@dataclass(slots=True, eq=False)
class Credential:
    """A provider's key in the clear, held shortly. ``fields`` are the secret's others, by name."""

    key: str = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    rendered: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What is made of it once: header lines, and what to look for in answers."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of our own. ``rule`` is a stable word; the sentence and the remedy are for a person."""

    status: int
    rule: str
    sentence: str
    remedy: str = ""
    retry_after: int = 0  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """A project or an environment."""

    id: UUID
    slug: str


@dataclass(slots=True, eq=False, kw_only=True)
class Token:
    """What a presented token stands for. Replaced as a whole when anything of it changes."""

    id: UUID
    org_id: UUID
    kind: TokenKind
    name: str
    owner: str
    """A label for the log: the person's address, the service's slug, the team."""
    digest: bytes = field(repr=False)
    state: str = "active"
    owner_active: bool = True
    expires_at: float
    """Unix seconds."""
    networks: tuple[Network, ...] = ()
    org_networks: tuple[Network, ...] = ()
    origins: tuple[AllowedOrigin, ...] = ()
    server_calls: bool = False
    """Whether a request without ``Origin`` is taken of a token that has a list of origins."""
    websocket: bool = False
    paths: tuple[str, ...] = ()
    """The token's own list of endpoints, ``<provider>/v1/…`` or ``/v1/…`` of any provider; none: the provider's."""
    tools: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Lists of tools of MCP servers, each with whose it is; what is called must be in all of them."""
    labels: frozenset[str] = frozenset()
    """The host labels under which it passes: those of its owner and its environment."""
    project: Place | None = None
    environment: Place | None = None
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    limits: Any = None
    """The meter's own."""
    live: "set[Stream]" = field(default_factory=set, repr=False)
    admitted: dict[Any, bool] = field(default_factory=dict, repr=False)
    """Addresses and origins that were judged already."""


class Asked(NamedTuple):
    """One request, as the meter and the log see it. A tuple, as what is made for each request is: it is made faster."""

    request_id: UUID
    address: Address | None
    method: str
    provider: str
    path: str
    """Normalised, without the query."""
    origin: str | None = None
    websocket: bool = False
    content_type: str = ""
    body: bytes | None = None
    """Whole, where it was short enough to be read before it is sent on."""


class Ending(StrEnum):
    COMPLETE = "complete"
    REFUSED = "refused"
    CLIENT_GONE = "client-gone"
    CUT = "cut"
    UPSTREAM_FAILED = "upstream-failed"
    TIMED_OUT = "timed-out"


class Outcome(NamedTuple):
    """How a request ended. ``status`` is the provider's or 0; times are seconds from the request's arrival."""

    ending: Ending
    status: int
    bytes_in: int
    bytes_out: int
    first_byte: float | None
    seconds: float


class Stream(Protocol):
    """A request under way."""

    def reconsider(self, token: Token | None) -> None:
        """Its token changed: go on under this one, or be cut. None: the token is no more."""

    def cut(self, refusal: Refusal) -> None: ...
