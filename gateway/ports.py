"""What the proxy asks of the rest of the gateway."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from gateway.model import Asked, Binding, Credential, Outcome, Refusal, Token
from keyvault.networks import Address


class Directory(Protocol):
    """The tokens, in memory."""

    def find(self, presented: str) -> Token | None:
        """Of a token whose checksum is right. None where there is none, or its row was tampered with."""

    def fresh(self) -> bool:
        """Whether the database was heard shortly enough ago for its word to be taken."""


class CannotUnseal(Exception):
    """There is no key to be had now: no event could be written, or the envelope does not open."""


class Keys(Protocol):
    async def key_for(self, token: Token, binding: Binding, address: Address | None) -> Credential:
        """Commits ``secret:unseal`` before it opens the envelope. Raises CannotUnseal."""


class Reservation(Protocol):
    """What one request may spend, and what it is seen to spend."""

    def answered(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None: ...

    def passed(self, chunk: bytes) -> None:
        """A part of the answer's body, as it came, before it is sent on."""

    def settle(self, outcome: Outcome) -> None:
        """Once; before the last byte is sent where the answer ends well."""


class Meter(Protocol):
    def wants_body(self, token: Token) -> bool:
        """Whether a request is admitted only by what its body says."""

    async def admit(self, token: Token, asked: Asked) -> Reservation | Refusal:
        """Waits only where this worker's share of a limit is used up and another is fetched."""


class Log(Protocol):
    """The refusals and alarms, which are folded and written off the hot path."""

    def refused(self, refusal: Refusal, asked: Asked, token: Token | None) -> None: ...

    def credential_rejected(self, token: Token, binding: Binding, status: int, request_id: UUID) -> None:
        """The provider took the real key for none: its owner should know."""
