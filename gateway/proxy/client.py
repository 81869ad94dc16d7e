"""Whoever asked: what it is sent, and how it is told that there will be no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from gateway.model import Refusal
from gateway.proxy.events import is_between_events
from gateway.proxy.refusals import body, event
from gateway.proxy.server import EXTENSION, ClientConnection
from keyvault.ids import uuid7

Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_LINGER_SECONDS, _LINGER_BYTES = 1.0, 1024 * 1024


class Client:
    __slots__ = ("_has_length", "_is_events", "_last", "_send", "connection", "receive", "request_id", "started")

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.connection: ClientConnection = scope["extensions"][EXTENSION]
        self.receive, self._send = receive, send
        self.request_id: UUID = uuid7()
        self.started = self._is_events = self._has_length = False
        self._last = b""

    async def begin(self, status: int, headers: Headers) -> None:
        for name, value in headers:
            if name == b"content-type":
                self._is_events = value[:17].lower() == b"text/event-stream"
            elif name == b"content-length":
                self._has_length = True
        if self._is_events:
            headers.append((b"x-accel-buffering", b"no"))
        headers.append((b"x-kv-request-id", str(self.request_id).encode()))
        headers.append((b"cache-control", b"no-store"))
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def pass_on(self, piece: bytes, more: bool) -> None:
        if piece:
            self._last = piece[-4:]
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def refuse(self, refusal: Refusal, shape: str, headers: Headers) -> None:
        """The whole answer is ours, in the shape that the provider's SDK reads."""
        content = body(refusal, shape)
        lines = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content)), *headers]
        if refusal.retry_after:
            lines.append((b"retry-after", b"%d" % refusal.retry_after))
        if refusal.status == 502:
            lines.append((b"x-should-retry", b"false"))
        if not await self._has_sent_all():
            lines.append((b"connection", b"close"))
        await self.begin(refusal.status, lines)
        await self.pass_on(content, False)

    async def break_off(self, refusal: Refusal, shape: str) -> None:
        """Says why where that cannot be taken for the end of an answer; otherwise the connection breaks."""
        says_why = self._is_events and not self._has_length and is_between_events(self._last)
        if says_why and not self.connection.is_blocked:
            await self.pass_on(event(refusal, shape), False)
        else:
            self.connection.abort()

    async def _has_sent_all(self) -> bool:
        """A client that is still sending would miss an answer that closes on it, so it is listened to for a moment."""
        if self.connection.waits_to_send:
            return False
        read = 0
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self.connection.body_is_whole and read < _LINGER_BYTES:
                    message = await self.receive()
                    read += len(message["body"]) if message["type"] == "http.request" else _LINGER_BYTES
        except TimeoutError:
            return False
        return self.connection.body_is_whole
