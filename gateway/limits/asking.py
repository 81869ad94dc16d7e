"""Which model a request asks for, and how much it may take: read as the provider will read it, or refused. Pure.

A body with two readings is refused where anything depends on it: a field that stands twice, one that differs only in
case (Go's parser takes it), text that is not UTF-8, JSON that is none. So are the ways of asking for a model that are
not read here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.model import Asked

_FREE = ("/files", "/uploads", "/moderations", "/count_tokens", ":countTokens", "/tokenize", "/detokenize", "/cancel")
"""Ends of paths that cost nothing and name no model that answers, or that end what was begun."""

# The model stands in the path, and a field of the body's counts for nothing.
_IN_PATH = (
    re.compile(r"/(?:models|tunedModels)/([^/:]+):(?!batch)[A-Za-z]+$"),  # Gemini
    re.compile(r"^/openai/deployments/([^/]+)/"),  # Azure OpenAI: a deployment
    re.compile(r"^/model/([^/]+)/(?:invoke|converse)"),  # Bedrock
    re.compile(r"^/hf-inference/models/(.+)$"),  # Hugging Face
)
_NAMES = (
    b"model", b"models", b"max_tokens", b"max_completion_tokens", b"max_output_tokens", b"maxOutputTokens", b"n",
    b"candidateCount", b"candidate_count", b"best_of", b"generationConfig", b"generation_config", b"service_tier",
    b"speed", b"preset",
)  # fmt: skip
_READ = frozenset(name.decode() for name in _NAMES)
_FOLDED = {name.casefold().replace("_", ""): name for name in _READ}
_REFERENCES = (
    b'"previous_response_id"', b'"conversation"', b'"prompt"', b'"file_id"', b'"file_url"', b'"fileData"',
    b'"file_data"', b'"fileUri"', b'"image_url"', b'"url"', b'"cachedContent"', b'"cached_content"', b'"container"',
)  # fmt: skip
_DEARER = {"priority", "fast"}
_MOST_CHOICES = 128


class Unreadable(Exception):
    """Why a body is not taken: ``rule`` is a stable word, the message for a person."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule, self.sentence = rule, sentence


@dataclass(frozen=True, slots=True)
class Wish:
    """``models`` are all that may answer. ``outward`` is the most that the request lets out, in tokens of the model,
    or None where it does not say. ``size`` is the body's in bytes, than which text has no more tokens; ``is_open``
    where it refers to what the provider has or fetches, and as much may go in as the model takes.
    """

    models: tuple[str, ...]
    size: int
    outward: int | None
    choices: int = 1
    is_open: bool = False


FREE = Wish((), 0, 0)


def read(asked: Asked) -> Wish:
    """Raises Unreadable. :data:`FREE` for what asks no model for anything."""
    if asked.websocket:
        raise Unreadable("body-unreadable", "What passes in a WebSocket is not read, and the token's limits need it.")
    if asked.method in ("GET", "HEAD", "DELETE", "OPTIONS") or asked.path.endswith(_FREE):
        return FREE
    said = _document(asked)
    _refuse_detours(said)
    named = next((found[1] for pattern in _IN_PATH if (found := pattern.search(asked.path))), None)
    models = (named,) if named else _models(said)
    settings = _settings(said)
    outward = [_number(each, name) for each in settings for name in _LIMITS if each.get(name) is not None]
    choices = [_number(each, name) for each in settings for name in _CHOICES if each.get(name) is not None]
    body = asked.body or b""
    is_open = any(name in body for name in _REFERENCES)
    return Wish(models, len(body), max(outward, default=None), max([1, *choices]), is_open)


_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens")
_CHOICES = ("n", "best_of", "candidateCount", "candidate_count")


def _document(asked: Asked) -> Mapping[str, Any]:
    kind = asked.content_type.partition(";")[0].strip().lower()
    if asked.body is None or (kind != "application/json" and not kind.endswith("+json")):
        raise Unreadable("body-unreadable", "The token's limits need a body in JSON that tells the model.")
    try:
        said = orjson.loads(asked.body)
    except orjson.JSONDecodeError:
        raise Unreadable("body-unreadable", "The body is no JSON in UTF-8, and the token's limits need it.") from None
    if not isinstance(said, dict):
        raise Unreadable("body-unreadable", "The body is no JSON object, and the token's limits need one.")
    if _may_repeat(asked.body):
        _refuse_repetition(asked.body)
    for part in (said, said.get("generationConfig"), said.get("generation_config")):
        _refuse_likeness(part)
    return said


def _may_repeat(body: bytes) -> bool:
    """Cheap and on the safe side: a name that is there once, and not in escapes, is there once."""
    if b"\\u" in body:
        return True
    return any(body.count(b'"%b"' % name) > 1 for name in _NAMES)


def _refuse_repetition(body: bytes) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise Unreadable("body-ambiguous", "The body has a field twice, which can be read in two ways.")
        return made

    try:
        json.loads(body.decode(), object_pairs_hook=unique)
    except RecursionError:
        raise Unreadable("body-unreadable", "The body is nested too deeply.") from None


def _refuse_likeness(part: Any) -> None:
    for name in part if isinstance(part, dict) else ():
        like = _FOLDED.get(name.casefold().replace("_", ""))
        if like and name not in _READ:
            raise Unreadable("body-ambiguous", f"The body has a field that some take for “{like}”.")


def _refuse_detours(said: Mapping[str, Any]) -> None:
    if said.get("preset") is not None:
        raise Unreadable("model-unnamed", "A preset can choose another model: name the model itself.")
    if said.get("service_tier") in _DEARER or said.get("speed") in _DEARER:
        raise Unreadable("unpriced", "The dearer tiers of service are not open to a token with limits.")


def _models(said: Mapping[str, Any]) -> tuple[str, ...]:
    """``models`` are OpenRouter's: those that may answer in the place of the first."""
    named = [said["model"]] if "model" in said else []
    further = said.get("models")
    named += further if isinstance(further, list) else [further] if further is not None else []
    if not named or not all(isinstance(name, str) and 0 < len(name) <= 200 for name in named):
        raise Unreadable("model-unnamed", "The body names no model, and the token's limits go by models.")
    return tuple(named)


def _settings(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = (said, said.get("generationConfig"), said.get("generation_config"))
    return [part for part in parts if isinstance(part, dict)]


def _number(said: Mapping[str, Any], name: str) -> int:
    value = said[name]
    most = _MOST_CHOICES if name in _CHOICES else 1 << 32
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Unreadable("body-unreadable", f"“{name}” is no sensible number.")
    return value
