"""The envelope of a token's value: team tokens, which members copy, and offers, which their holder opens once."""

from dataclasses import dataclass
from uuid import UUID

from keyvault.keyring.framing import length_prefixed
from keyvault.keyring.purposes import Purpose


@dataclass(frozen=True, slots=True)
class TokenContext:
    """Binds the envelope to the token and to whom it is offered; sealed under the organization's ``value`` key.

    Its fields are LP("keyvault/v1/token") LP(purpose) LP(org 16) LP(token 16) LP(membership 16, or nothing). NOTE:
    stored; ``tests/tokens/test_offers.py`` holds a golden one.
    """

    org: UUID
    token: UUID
    offered_to: UUID | None = None
    purpose: Purpose = Purpose.VALUE

    def fields(self) -> bytes:
        holder = self.offered_to.bytes if self.offered_to else b""
        return length_prefixed(b"keyvault/v1/token", self.purpose.encode(), self.org.bytes, self.token.bytes, holder)
