"""The proxy on a free port between a client and a provider of the test's own; tokens and keys stand in memory."""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import TestCase
from uuid import UUID

import uvicorn

from gateway.model import Asked, Base, Binding, Credential, Provider, Refusal, Slot, Token
from gateway.ports import CannotUnseal, Meter
from gateway.proxy.app import Gateway
from gateway.proxy.limits import Limits
from gateway.proxy.serving import server_config
from gateway.unmetered import Unmetered
from gateway.upstream.addresses import Admission
from gateway.upstream.client import OwnUpstream
from gateway.upstream.dialing import Dialer
from gateway.upstream.interface import Upstream
from keyvault.actor import TokenKind
from keyvault.ids import uuid7
from keyvault.networks import Address, parse_network
from tests.gateway.proxy.far_side import FarSide
from tokens.format import mint

KEY = "sk-proj-Zq81LmXw0RkTfBnVy7HcUe3JdPa92GsQ"
PATIENCE = 5.0  # seconds
CHAT = "/openai/v1/chat/completions"
Json = dict[str, Any]


class Tokens:
    """The directory: what the test put into it."""

    def __init__(self) -> None:
        self.known: dict[str, Token] = {}
        self.is_fresh = True

    def find(self, presented: str) -> Token | None:
        return self.known.get(presented)

    def fresh(self) -> bool:
        return self.is_fresh


@dataclass
class Safe:
    """The keys, by secret."""

    credentials: dict[UUID, Credential] = field(default_factory=dict)
    asked: list[tuple[UUID, str]] = field(default_factory=list)
    locked: bool = False

    async def key_for(self, token: Token, binding: Binding, address: Address | None) -> Credential:
        if self.locked:
            raise CannotUnseal
        self.asked.append((token.id, str(address)))
        return self.credentials[binding.secret_id]


@dataclass
class Notes:
    """The log."""

    refusals: list[tuple[str, Asked, Token | None]] = field(default_factory=list)
    rejected: list[tuple[str, int]] = field(default_factory=list)

    def refused(self, refusal: Refusal, asked: Asked, token: Token | None) -> None:
        self.refusals.append((refusal.rule, asked, token))

    def credential_rejected(self, token: Token, binding: Binding, status: int, request_id: UUID) -> None:
        self.rejected.append((binding.provider.slug, status))


def provider(slug: str = "openai", *slots: str, **settings: Any) -> Provider:
    found = tuple(map(Slot.parse, slots or ("bearer",)))
    return Provider(**{"slug": slug, "title": slug.title(), "base": "https://x.invalid", "slots": found, **settings})


PROVIDERS = {
    each.slug: each
    for each in (
        provider("openai", websocket=True),
        provider("anthropic", "header:x-api-key", "bearer", errors="anthropic"),
        provider("gemini", "header:x-goog-api-key", "query:key", "bearer", errors="google"),
        provider("groq", "bearer"),
        provider("stripe", "bearer", "basic-user"),
        provider("twilio", "basic-password:sid"),
        provider("deepgram", "token"),
        provider("linear", "raw"),
        provider("mapbox", "query:access_token"),
        provider("datadog", "header:dd-api-key", also={"DD-APPLICATION-KEY": "application_key"}),
        provider("fenced", paths=("/v1/chat/completions", "/v1/models/*"), denied=("/v1/models/secret",)),
        provider("mirror", echoes=True),
        provider("small", body_limit=2000),
    )
}


class Stage:
    """``with Stage() as stage``: a far side, and the gateway before it."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        domain: str = "",
        proxies: Sequence[str] = (),
        upstream: Callable[[Dialer], Upstream] = OwnUpstream,
        meter: Meter | None = None,
        admissions: Sequence[Admission] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.far_side = FarSide()
        self.tokens, self.safe, self.notes = Tokens(), Safe(), Notes()
        here = Admission("127.0.0.1", parse_network("127.0.0.0/8"))
        dialer = Dialer([here] if admissions is None else admissions, context)
        self.gateway = Gateway(
            directory=self.tokens,
            keys=self.safe,
            meter=meter or Unmetered(),
            log=self.notes,
            upstream=lambda: upstream(dialer),
            providers=PROVIDERS,
            domain=domain,
            trusted_proxies=tuple(map(parse_network, proxies)),
            limits=limits,
        )

    def __enter__(self) -> "Stage":
        self.far_side.__enter__()
        listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = listening.getsockname()[1]
        self._server = uvicorn.Server(server_config(self.gateway))
        self._server.config.timeout_graceful_shutdown = 0
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.far_side.__exit__()

    def issue(self, *slugs: str, key: str = KEY, fields: Mapping[str, str] | None = None, **settings: Any) -> str:
        """A token bound to those providers (openai), in the clear."""
        text = mint(TokenKind.SERVICE)
        bindings = {slug: self.bind(PROVIDERS[slug], key, fields or {}) for slug in slugs or ("openai",)}
        self.tokens.known[text] = Token(
            id=uuid7(), org_id=uuid7(), kind=TokenKind.SERVICE, name="ci", owner="ci", digest=text.encode(),
            **{"expires_at": time.time() + 3600, "bindings": bindings, **settings},
        )  # fmt: skip
        return text

    def bind(self, preset: Provider, key: str = KEY, fields: Mapping[str, str] | None = None) -> Binding:
        base = Base("http", "127.0.0.1", self.far_side.port)
        binding = Binding(secret_id=uuid7(), version_id=uuid7(), provider=preset, base=base)
        self.safe.credentials[binding.secret_id] = Credential(key, fields or {})
        return binding

    def change(self, text: str, **settings: Any) -> None:
        """As the state does it: a new token in the old one's place, and its streams reconsider."""
        old = self.tokens.known[text]
        new = replace(old, live=set(), admitted={}, **settings)
        self.tokens.known[text] = new
        self._reconsider(old, new)

    def revoke(self, text: str) -> None:
        old = self.tokens.known.pop(text)
        self._reconsider(old, None)

    def _reconsider(self, old: Token, new: Token | None) -> None:
        def run() -> None:
            for stream in list(old.live):
                stream.reconsider(new)

        self.in_loop(run)

    def in_loop(self, act: Callable[[], object]) -> None:
        done = threading.Event()

        def run() -> None:
            act()
            done.set()

        loop = self.loop
        loop.call_soon_threadsafe(run)
        done.wait(5)

    @property
    def loop(self) -> Any:
        return next(iter(self._server.servers)).get_loop()

    def ask(
        self, path: str = CHAT, token: str = "", *, method: str = "POST", body: Any = b"{}", **headers: str
    ) -> "Heard":
        """One request on a connection of its own; header names with ``_`` for ``-``."""
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            lines["authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body=body, headers=lines)
        response = connection.getresponse()
        heard = Heard(
            response.status, [(name.lower(), value) for name, value in response.getheaders()], response.read()
        )
        connection.close()
        return heard

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def send(self, data: bytes) -> bytes:
        """Raw bytes in, and everything that comes until the gateway ends the connection or is silent for a moment."""
        with self.open() as connection:
            connection.sendall(data)
            return listen(connection)


@dataclass
class Heard:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for each, value in self.headers if each == name), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


def listen(connection: socket.socket, seconds: float = 0.5) -> bytes:
    heard = b""
    connection.settimeout(seconds)
    try:
        while data := connection.recv(65536):
            heard += data
    except (TimeoutError, ConnectionError):
        pass
    return heard


def hear(connection: socket.socket, until: bytes, seconds: float = 5) -> bytes:
    """What comes until those bytes have, or the connection ends, or it has taken too long."""
    heard, end = b"", time.monotonic() + seconds
    while until not in heard and time.monotonic() < end:
        connection.settimeout(max(end - time.monotonic(), 0.01))
        try:
            data = connection.recv(65536)
        except (TimeoutError, ConnectionError):
            break
        if not data:
            break
        heard += data
    return heard


def request(token: str, path: str = CHAT, *lines: str, method: str = "POST", body: bytes = b"") -> bytes:
    """A request in bytes; with a body, its length is told."""
    head = [f"{method} {path} HTTP/1.1", "Host: gw", f"Authorization: Bearer {token}", *lines]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


class StageCase(TestCase):
    """One stage for the class; the far side forgets between tests."""

    stage: Stage
    options: Mapping[str, Any] = {}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.stage = Stage(**cls.options)
        cls.enterClassContext(cls.stage)

    def setUp(self) -> None:
        self.stage.far_side.reset()
        self.stage.tokens.is_fresh, self.stage.safe.locked = True, False
        self.stage.notes.refusals.clear()
        self.stage.notes.rejected.clear()
        self.stage.gateway.failures._counts.clear()

    @property
    def far_side(self) -> FarSide:
        return self.stage.far_side

    def assertNoStream(self) -> None:
        """Both ends may hear of an end a moment before the gateway has forgotten the stream."""
        until = time.monotonic() + PATIENCE
        while self.stage.gateway.streams and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(self.stage.gateway.streams, set())
