"""What a provider says an answer took, in the words of OpenAI, Anthropic, Gemini and Cohere. Pure.

Which of them speaks is told by the words themselves: many providers have an endpoint in the shape of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LARGEST = 1 << 48


@dataclass(frozen=True, slots=True)
class Counts:
    """A model's tokens. ``inward`` has all that went in; the others but ``outward`` are parts of it."""

    inward: int = 0
    cached: int = 0
    cache_writes: int = 0
    long_writes: int = 0
    """Of Anthropic's cache for an hour, which costs more; not among ``cache_writes``."""
    outward: int = 0

    def joined(self, other: "Counts") -> "Counts":
        """Of one stream: each later word repeats or raises what was said before, none adds to it."""
        return Counts(
            max(self.inward, other.inward),
            max(self.cached, other.cached),
            max(self.cache_writes, other.cache_writes),
            max(self.long_writes, other.long_writes),
            max(self.outward, other.outward),
        )


def counts_of(usage: Mapping[str, Any]) -> Counts | None:
    """None where it has none of the words known here."""
    if "prompt_tokens" in usage:
        return _chat(usage)
    if "promptTokenCount" in usage or "candidatesTokenCount" in usage or "totalTokenCount" in usage:
        return _gemini(usage)
    if "billed_units" in usage or isinstance(usage.get("tokens"), dict):
        return _cohere(usage)
    if "cache_read_input_tokens" in usage or "cache_creation_input_tokens" in usage:
        return _anthropic(usage)
    if "input_tokens" in usage or "output_tokens" in usage:
        return _responses(usage)
    return None


def _chat(usage: Mapping[str, Any]) -> Counts:
    cached = _number(_part(usage, "prompt_tokens_details"), "cached_tokens")
    cached = cached or _number(usage, "prompt_cache_hit_tokens")  # DeepSeek
    inward = _number(usage, "prompt_tokens")
    outward = _number(usage, "completion_tokens")
    # Of providers that count thinking apart from the completion.
    outward = max(outward, _number(usage, "total_tokens") - inward)
    return Counts(inward, min(cached, inward), outward=outward)


def _responses(usage: Mapping[str, Any]) -> Counts:
    """OpenAI's responses; also Anthropic's without a word of its cache."""
    inward = _number(usage, "input_tokens")
    cached = _number(_part(usage, "input_tokens_details"), "cached_tokens")
    return Counts(inward, min(cached, inward), outward=_number(usage, "output_tokens"))


def _anthropic(usage: Mapping[str, Any]) -> Counts:
    """``input_tokens`` is there what neither came from the cache nor went into it."""
    read = _number(usage, "cache_read_input_tokens")
    written = _number(usage, "cache_creation_input_tokens")
    long = min(written, _number(_part(usage, "cache_creation"), "ephemeral_1h_input_tokens"))
    inward = _number(usage, "input_tokens") + read + written
    return Counts(inward, read, written - long, long, _number(usage, "output_tokens"))


def _gemini(usage: Mapping[str, Any]) -> Counts:
    inward = _number(usage, "promptTokenCount") + _number(usage, "toolUsePromptTokenCount")
    cached = _number(usage, "cachedContentTokenCount")
    outward = _number(usage, "candidatesTokenCount") + _number(usage, "thoughtsTokenCount")
    return Counts(inward, min(cached, inward), outward=outward)


def _cohere(usage: Mapping[str, Any]) -> Counts:
    units = _part(usage, "billed_units") or _part(usage, "tokens")
    cached = _number(usage, "cached_tokens")
    inward = _number(units, "input_tokens")
    return Counts(inward, min(cached, inward), outward=_number(units, "output_tokens"))


def _part(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = usage.get(name)
    return part if isinstance(part, dict) else {}


def _number(usage: Mapping[str, Any], name: str) -> int:
    """An answer is input too: what is no sensible number counts for nothing."""
    value = usage.get(name)
    if isinstance(value, float) and value.is_integer():  # Cohere's
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else 0
