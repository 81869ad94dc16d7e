"""Who acts: a person, a service identity or the system; through which token; from where."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID, uuid4

Network = IPv4Network | IPv6Network


class Role(StrEnum):
    """What a membership makes of a person in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class PlatformRole(StrEnum):
    """What an operator of the installation may do in its admin; apart from every organization's roles."""

    SUPER_ADMIN = "super_admin"
    USER_ADMIN = "user_admin"
    PROVIDER_ADMIN = "provider_admin"
    MODEL_ADMIN = "model_admin"
    MCP_ADMIN = "mcp_admin"
    BILLING_ADMIN = "billing_admin"
    AUDITOR = "auditor"


class Verb(StrEnum):
    """What a grant or a token permits on secrets; ``manage`` (tokens only) permits what the role does besides."""

    LIST = "list"
    READ = "read"
    ADD = "add"
    ROTATE = "rotate"
    DELETE = "delete"
    MANAGE = "manage"


class TokenKind(StrEnum):
    """The letter after ``kv``: who holds the token."""

    PERSON = "p"
    SERVICE = "s"
    CI = "c"
    TEAM = "t"


class ActorType(StrEnum):
    PERSON = "person"
    SERVICE = "service"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; ``address`` is what :mod:`keyvault.address` decided, never a raw header."""

    address: str | None = None
    agent: str = ""
    request_id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class TokenScope:
    """How far a token reaches. ``None`` or an empty tuple is "no limit of this kind", except ``verbs``."""

    token_id: UUID
    name: str
    kind: TokenKind
    verbs: frozenset[Verb]
    project_id: UUID | None = None
    environment_id: UUID | None = None
    prefixes: tuple[str, ...] = ()
    may_reveal_production: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting identity in one organization for the length of one request or job.

    ``id`` is the user's or the service identity's. ``role`` is None for service identities, which have only
    what their token permits. ``token`` is None in a browser session.

    ``platform_roles`` are an operator's, who acts outside of any organization: they are part of the actor so that one
    pure function (:func:`accounts.platform.permits`) decides from the matrix, whichever service asks. No decision of
    an organization reads them, and an actor with an organization never has any.
    """

    type: ActorType
    id: UUID | None
    name: str
    origin: Origin = field(default_factory=Origin)
    org_id: UUID | None = None
    membership_id: UUID | None = None
    role: Role | None = None
    token: TokenScope | None = None
    stepped_up: bool = False
    platform_roles: frozenset[PlatformRole] = frozenset()


def system(name: str) -> Actor:
    """The product itself, acting by a named command or job."""
    return Actor(type=ActorType.SYSTEM, id=None, name=name)


def anonymous(origin: Origin) -> Actor:
    return Actor(type=ActorType.ANONYMOUS, id=None, name="anonymous", origin=origin)
