"""What in a text may be a token or a value. Pure; what it returns lives as long as the call that asked."""

import re
from collections.abc import Iterator

from tokens.format import parse

LONGEST = 64 * 1024
"""Characters that are looked at."""

MOST_TOKENS = 20
MOST_VALUES = 1000

_TOKEN = re.compile(r"(?<![0-9A-Za-z_])kv[psct]_(?:dev|stg|prd|any)_[0-9A-Za-z]{36}(?![0-9A-Za-z_])")
_WORD = re.compile(r"[^\s\"'`<>,;()\[\]{}]+")
_QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`")


def tokens_in(text: str) -> list[str]:
    """Each once, with a checksum that is right."""
    found = dict.fromkeys(match[0] for match in _TOKEN.finditer(text[:LONGEST]) if parse(match[0]))
    return list(found)[:MOST_TOKENS]


def values_in(text: str) -> list[bytes]:
    """The whole, its lines, its words, what is quoted, and what stands behind ``=`` or ``:``; each once."""
    found = dict.fromkeys(each for each in _candidates(text[:LONGEST]) if each)
    return [each.encode(errors="replace") for each in list(found)[:MOST_VALUES]]


def _candidates(text: str) -> Iterator[str]:
    yield text.strip()
    for line in text.splitlines():
        yield line.strip()
        yield from _behind(line)
        yield from (next(filter(None, match.groups()), "") for match in _QUOTED.finditer(line))
        for word in _WORD.findall(line):
            yield word
            yield from _behind(word)


def _behind(text: str) -> Iterator[str]:
    for sign in ("=", ":"):
        _, found, rest = text.partition(sign)
        if found:
            yield rest.strip().strip("\"'`")
