"""A token as the state holds it: what a request reads, and what an event says of whoever makes it."""

from dataclasses import dataclass, field
from uuid import UUID

from gateway.model import Token
from keyvault.actor import Actor
from keyvault.target import Target


@dataclass(slots=True, eq=False, kw_only=True)
class HeldToken(Token):
    """``mac`` is the row's, by which an event is written only while the row is as it was read."""

    actor: Actor = field(repr=False)
    place: Target = field(repr=False)
    mac: bytes = field(repr=False)
    pepper_id: UUID


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a binding's key is opened by: which version of which secret, of which type, sealed to where."""

    target: Target
    type: str
    provider: str
    upstream: str
