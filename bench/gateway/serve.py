"""The gateway's proxy with 10,001 tokens in memory, found by their digest as the product finds them."""

import socket
import sys
import time
from uuid import UUID

import uvicorn

from gateway.model import Asked, Base, Binding, Credential, Refusal, Token
from gateway.proxy.app import Gateway
from gateway.proxy.providers import load
from gateway.proxy.serving import server_config
from gateway.unmetered import Unmetered
from gateway.upstream.addresses import Admission
from gateway.upstream.aiohttp_client import AiohttpUpstream
from gateway.upstream.client import OwnUpstream
from gateway.upstream.dialing import Dialer
from keyvault.actor import TokenKind
from keyvault.ids import uuid7
from keyvault.networks import Address, parse_network
from tokens.integrity import digest

KEY = "sk-proj-" + "k" * 40
PEPPER = b"p" * 32
OTHERS = 10_000


class Directory:
    def __init__(self, tokens: dict[bytes, Token]) -> None:
        self._tokens = tokens

    def find(self, presented: str) -> Token | None:
        return self._tokens.get(digest(PEPPER, presented))

    def fresh(self) -> bool:
        return True


class Keys:
    _credential = Credential(KEY)

    async def key_for(self, token: Token, binding: Binding, address: Address | None) -> Credential:
        return self._credential


class Log:
    def refused(self, refusal: Refusal, asked: Asked, token: Token | None) -> None:
        pass

    def credential_rejected(self, token: Token, binding: Binding, status: int, request_id: UUID) -> None:
        pass


def main(token: str, port: int, upstream_port: int, client: str) -> None:
    providers = load()
    binding = Binding(
        secret_id=uuid7(),
        version_id=uuid7(),
        provider=providers["openai"],
        base=Base("http", "127.0.0.1", upstream_port),
    )
    known = {digest(PEPPER, text): _token(text, binding) for text in (token, *_others())}
    dialer = Dialer([Admission("127.0.0.1", parse_network("127.0.0.0/8"))])
    make = AiohttpUpstream if client == "aiohttp" else OwnUpstream
    gateway = Gateway(
        directory=Directory(known), keys=Keys(), meter=Unmetered(), log=Log(), providers=providers,
        upstream=lambda: make(dialer),
    )  # fmt: skip
    uvicorn.Server(server_config(gateway)).run([socket.create_server(("127.0.0.1", port), backlog=1024)])


def _others() -> list[str]:
    return [f"kvs_any_{number:036}" for number in range(OTHERS)]


def _token(text: str, binding: Binding) -> Token:
    return Token(
        id=uuid7(), org_id=uuid7(), kind=TokenKind.SERVICE, name="bench", owner="bench", digest=b"",
        expires_at=time.time() + 86400, networks=(parse_network("127.0.0.0/8"),), bindings={"openai": binding},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
