"""A request as it came in: from where, at which door, with whose token."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.model import Asked, Provider, Refusal, Slot, Token
from gateway.proxy.head import Head
from gateway.proxy.refusals import UNKNOWN_TOKEN, Refused
from gateway.proxy.routing import Door, Route, door, guess
from gateway.proxy.slots import in_query, tokens_among
from keyvault.networks import Address

if TYPE_CHECKING:
    from gateway.proxy.app import Gateway

_FRONT = Door("", "/")
_AMBIGUOUS = Refusal(400, "two-tokens", "The request carries two different tokens.", "Send one.")
_FLOOD = Refusal(429, "too-many-failures", "Too many unknown tokens came from your network.", "Wait a minute.", 60)


@dataclass(slots=True)
class Incoming:
    method: str
    head: Head
    door: Door
    address: Address | None
    origin: str | None
    """Of the page that asks; empty where the request names several, which is none that any list holds."""
    query: bytes
    bad_door: Refusal | None = None

    @classmethod
    def read(cls, scope: dict[str, Any], gateway: "Gateway") -> "Incoming":
        head = gateway.heads.read(scope["headers"])
        origin = None if not head.origins else head.origins[0] if len(head.origins) == 1 else ""
        incoming = cls(
            method=scope["method"],
            head=head,
            door=_FRONT,
            address=gateway.address_of(scope["client"], head.forwarded),
            origin=origin,
            query=scope["query_string"],
        )
        try:
            incoming.door = door(head.host, scope["raw_path"], gateway.domain)
        except Refused as refused:
            incoming.bad_door = refused.refusal
        return incoming

    def identify(self, gateway: "Gateway") -> tuple[Token, Slot]:
        """Whose token it is, wherever an SDK put it; it is gone from the head and the query then. Raises Refused."""
        found = self.head.found
        if self.query:
            self.query, in_parameters = in_query(self.query, gateway.query_slots)
            found = found + in_parameters
        presented = tokens_among(found)
        if len(presented) > 1:
            raise Refused(_AMBIGUOUS)
        if gateway.failures.too_many(self.address, time.time()):
            raise Refused(_FLOOD)
        for text, slot in presented.items():
            self._strip(text.encode())
            token = gateway.directory.find(text)
            if token:
                return token, slot
        gateway.failures.count(self.address, time.time())
        raise Refused(UNKNOWN_TOKEN)

    def shape(self, found: Route | None, providers: Mapping[str, Provider]) -> str:
        """Of errors: that which the provider's SDK reads, as far as the provider is known."""
        provider = found.binding.provider if found else guess(self.door, providers)
        return provider.errors if provider else "openai"

    def asked(self, request_id: UUID, found: Route | None, body: bytes | None) -> Asked:
        """What the meter and the log are told."""
        return Asked(
            request_id=request_id,
            address=self.address,
            method=self.method,
            provider=found.binding.provider.slug if found else "",
            path=found.path if found else self.door.path,
            origin=self.origin,
            websocket=self.head.upgrade == "websocket",
            content_type=self.head.content_type,
            body=body,
        )

    def _strip(self, token: bytes) -> None:
        """Wherever else the token stands, it is not the provider's to see."""
        self.head.kept = [header for header in self.head.kept if token not in header[1]]
        if token in self.query:
            self.query = b"&".join(pair for pair in self.query.split(b"&") if token not in pair)
