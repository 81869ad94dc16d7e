"""Finds the usage in an answer as it passes, in bounded memory: whole JSON documents and server-sent events. Pure.

Nothing is held back: the pieces go on to the client as they came.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import orjson

from gateway.usage.counts import Counts, counts_of

WHOLE = 64 * 1024
"""A document, or a line of events, is read whole up to here, in bytes."""
_HEAD, _TAIL = 2 * 1024, 16 * 1024
"""Of a longer one, its beginning and its end."""

_MODEL = re.compile(rb'"model(?:Version|_version)?"\s*:\s*"([^"\\]{1,200})"')
_USAGE = re.compile(rb'(?<!\\)"(?:usage|usageMetadata|meta)"\s*:\s*\{')
_NAMES = ("model", "modelVersion", "model_version")
_NESTED = ("message", "response", "delta")
_decoder = json.JSONDecoder()


class Found:
    """What an answer says of itself."""

    __slots__ = ("counts", "model")

    def __init__(self) -> None:
        self.model = ""
        self.counts: Counts | None = None

    def add(self, document: Any) -> None:
        """A parsed document, event, or list of them."""
        for each in document if isinstance(document, list) else (document,):
            if isinstance(each, dict):
                self._look_into(each)

    def add_part(self, text: bytes) -> None:
        """A document of which the middle is missing: its last word on the usage counts."""
        model = _MODEL.search(text)
        if model and not self.model:
            self.model = model[1].decode(errors="replace")
        last = None
        for last in _USAGE.finditer(text):  # noqa: B007
            pass
        if last:
            self._count(_object_at(text, last.end() - 1))

    def _look_into(self, document: Mapping[str, Any]) -> None:
        for part in _parts(document):
            for name in _NAMES:
                if not self.model and isinstance(part.get(name), str):
                    self.model = part[name][:200]
            usage = part.get("usage") or part.get("usageMetadata") or part.get("meta")
            if isinstance(usage, dict):
                self._count(usage)

    def _count(self, usage: Mapping[str, Any]) -> None:
        counts = counts_of(usage)
        if counts:
            self.counts = self.counts.joined(counts) if self.counts else counts


class Reader(Protocol):
    found: Found

    def feed(self, piece: bytes) -> None: ...

    def end(self) -> Found: ...


class DocumentReader:
    """One JSON document."""

    __slots__ = ("_head", "_pieces", "_size", "found")

    def __init__(self) -> None:
        self.found = Found()
        self._head = b""
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > WHOLE:
            self._shorten()

    def end(self) -> Found:
        text = b"".join(self._pieces)
        if self._head:
            self.found.add_part(self._head + text)
        elif text:
            _add(self.found, text)
        return self.found

    def _shorten(self) -> None:
        text = b"".join(self._pieces)
        self._head = self._head or text[:_HEAD]
        self._pieces = [text[-_TAIL:]]
        self._size = len(self._pieces[0])


class EventsReader:
    """A stream of server-sent events. Only lines that may speak of usage are parsed."""

    __slots__ = ("_cut", "_rest", "events", "found")

    def __init__(self) -> None:
        self.found = Found()
        self.events = 0
        self._rest = b""
        self._cut = False

    def feed(self, piece: bytes) -> None:
        self.events += piece.count(b"data:")
        end = piece.rfind(b"\n")
        if end < 0:
            self._keep(self._rest + piece)
            return
        block = self._rest + piece[:end]
        self._look_through(block)
        self._rest, self._cut = b"", False
        self._keep(piece[end + 1 :])

    def end(self) -> Found:
        self._look_through(self._rest)
        return self.found

    def _keep(self, rest: bytes) -> None:
        if len(rest) > WHOLE:
            rest, self._cut = rest[:_HEAD] * (not self._cut) + rest[-_TAIL:], True
        self._rest = rest

    def _look_through(self, block: bytes) -> None:
        at = _next(block, 0)
        while at >= 0:
            start, stop = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
            stop = len(block) if stop < 0 else stop
            self._look_at(block[start:stop], is_cut=self._cut and start == 0)
            at = _next(block, stop)

    def _look_at(self, line: bytes, *, is_cut: bool) -> None:
        if is_cut:
            self.found.add_part(line)
        elif line.startswith(b"data:"):
            _add(self.found, line[5:])


def reader_for(content_type: bytes) -> Reader | None:
    """By the answer's type; None where it can hold no usage."""
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"text/event-stream":
        return EventsReader()
    if kind == b"application/json" or kind.endswith(b"+json"):
        return DocumentReader()
    return None


def sniff_model(body: bytes) -> str:
    """The model that a request seems to name: for the sums alone, where nothing depends on it."""
    named = _MODEL.search(body[:4096])
    return named[1].decode(errors="replace") if named else ""


def _parts(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The document, and where events carry it: ``message`` (Anthropic), ``response`` (OpenAI), ``delta`` (Cohere)."""
    yield document
    for name in _NESTED:
        part = document.get(name)
        if isinstance(part, dict):
            yield part


def _next(block: bytes, start: int) -> int:
    """Where the next word on usage may be; chunks that say ``"usage":null`` say nothing."""
    at = block.find(b'"usage', start)
    while at >= 0 and block.startswith(b'"usage":null', at):
        at = block.find(b'"usage', at + 12)
    other = block.find(b'"meta"', start)
    return at if other < 0 else other if at < 0 else min(at, other)


def _add(found: Found, text: bytes) -> None:
    try:
        found.add(orjson.loads(text))
    except orjson.JSONDecodeError:
        found.add_part(text)


def _object_at(text: bytes, at: int) -> Mapping[str, Any]:
    try:
        parsed, _ = _decoder.raw_decode(text[at : at + _TAIL].decode(errors="replace"))
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
