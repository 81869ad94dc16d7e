"""A request as it goes out: the body read as far as it must be, what it may spend reserved, the real key put in."""

from typing import TYPE_CHECKING

from gateway.model import Asked, Credential, Provider, Refusal, Slot, Token
from gateway.proxy import mcp
from gateway.proxy.account import Account
from gateway.proxy.client import Client
from gateway.proxy.deadline import UNANSWERED, Deadline
from gateway.proxy.incoming import Incoming
from gateway.proxy.refusals import Refused
from gateway.proxy.routing import Route
from gateway.proxy.slots import Unusable, cleared, placed
from gateway.proxy.upload import Upload
from gateway.upstream.interface import Call

if TYPE_CHECKING:
    from gateway.proxy.app import Gateway

_IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
_IDENTITY = (b"accept-encoding", b"identity")
_BAD_KEY = Refusal(502, "key-unusable", "The stored value cannot be sent as this provider's key.", "Enter it again.")


class Outgoing:
    __slots__ = ("_account", "_deadline", "_gateway", "_incoming", "_upload")

    def __init__(self, gateway: "Gateway", incoming: Incoming, account: Account, deadline: Deadline) -> None:
        self._gateway, self._incoming = gateway, incoming
        self._account, self._deadline = account, deadline
        self._upload: Upload | None = None

    @property
    def refusal(self) -> Refusal | None:
        """Why a body that is on its way was ended."""
        return self._upload.refusal if self._upload else None

    async def call(self, token: Token, found: Route, client: Client) -> Call:
        """The request without the key, admitted by the meter. Raises Refused."""
        incoming, provider, limits = self._incoming, found.binding.provider, self._gateway.limits
        first_byte = limits.first_byte or provider.first_byte_seconds
        upload = self._upload = Upload(
            client.receive, self._deadline, self._account, limits, most=provider.body_limit, first_byte=first_byte
        )
        lists = mcp.lists_for(token, provider)
        must_be_read = bool(lists) or self._gateway.meter.wants_body(token)
        body = await upload.body(incoming.head, must_be_read=must_be_read)
        asked = incoming.asked(client.request_id, found, body if isinstance(body, bytes) else None)
        if lists and (refusal := mcp.judge(lists, asked, incoming.head.kept)):
            raise Refused(refusal)
        await self._admit(token, asked)
        self._deadline.wait(first_byte, UNANSWERED)
        return Call(
            base=found.binding.base,
            method=incoming.method,
            target=f"{found.binding.base.prefix}{found.path}".encode(),
            headers=[*incoming.head.kept, _IDENTITY],
            body=body,
            length=incoming.head.length,
            repeatable=incoming.head.idempotent or incoming.method in _IDEMPOTENT,
        )

    def place(self, call: Call, credential: Credential, provider: Provider, slot: Slot) -> None:
        """Raises Refused."""
        try:
            lines, parameter = placed(credential, provider, slot)
        except Unusable:
            raise Refused(_BAD_KEY) from None
        query = self._incoming.query
        if provider.own:
            call.headers, query = cleared(provider, call.headers, query)
        call.headers += lines
        query = b"&".join(part for part in (query, parameter) if part)
        if query:
            call.target += b"?" + query

    async def _admit(self, token: Token, asked: Asked) -> None:
        admitted = await self._gateway.meter.admit(token, asked)
        if isinstance(admitted, Refusal):
            raise Refused(admitted)
        self._account.open(admitted)
