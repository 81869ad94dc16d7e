"""Meters without a gateway around them: tokens of the test's own, and answers that say what they took."""

import json
import time
from typing import Any
from uuid import UUID

from gateway.limits.facts import Facts, Level
from gateway.model import Asked, Base, Binding, Ending, Outcome, Token
from gateway.ports import Reservation
from gateway.usage.prices import PriceList, load
from gateway.usage.record import Record
from keyvault.actor import TokenKind
from keyvault.ids import uuid7
from tests.gateway.proxy.stage import provider

CHAT = "/v1/chat/completions"
JSON = [(b"content-type", b"application/json")]
EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8")]


class Kept:
    """A journal in memory."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.is_closed_to = False

    def append(self, record: Record) -> None:
        self.records.append(record)


def token_of(org: UUID, *levels: Level, slug: str = "openai", usage: str = "openai", **more: Any) -> Token:
    identifier = uuid7()
    preset = provider(slug, usage=usage)
    binding = Binding(secret_id=uuid7(), version_id=uuid7(), provider=preset, base=Base("http", "127.0.0.1", 1))
    return Token(
        id=identifier, org_id=org, kind=TokenKind.SERVICE, name="ci", owner="ci", digest=b"",
        expires_at=time.time() + 3600, bindings={slug: binding}, limits=Facts.of(identifier, levels), **more,
    )  # fmt: skip


def asked(body: Any = None, *, slug: str = "openai", path: str = CHAT, **more: Any) -> Asked:
    """``body`` as JSON, or bytes as they are."""
    written = body if isinstance(body, bytes) else json.dumps({"model": "gpt-4o"} if body is None else body).encode()
    return Asked(
        **{
            "request_id": uuid7(), "address": None, "method": "POST", "provider": slug, "path": path,
            "content_type": "application/json", "body": written, **more,
        }
    )  # fmt: skip


def answer(prompt: int = 10, completion: int = 20, model: str = "gpt-4o-2024-08-06") -> bytes:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return json.dumps({"id": "x", "model": model, "choices": [], "usage": usage}).encode()


def finish(reservation: Reservation, body: bytes = b"", *, status: int = 200, ending: Ending = Ending.COMPLETE) -> None:
    if status:
        reservation.answered(status, JSON)
        reservation.passed(body)
    reservation.settle(Outcome(ending, status, 10, len(body), 0.01, 0.02))


def prices() -> PriceList:
    return load()
