"""Reading ``.env`` files: what every dialect agrees on. Nothing is interpolated; what is unclear is not guessed. Pure.

A line is blank, a comment, or ``NAME=value`` after an optional ``export``. A value is bare (trimmed; a ``#`` after a
blank begins a comment), in single quotes (as it is, over lines too) or in double quotes (only the escapes of
``_ESCAPES``).
"""

import re
from dataclasses import dataclass, field

from keyvault.errors import TooLarge

SIZE_LIMIT = 1024 * 1024  # bytes
NAMES_LIMIT = 2000

_START = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """``line`` counts from 1; ``reason`` never repeats the line."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """Values in the order of the file, each name once."""

    values: dict[str, str] = field(repr=False)
    unreadable: tuple[Unreadable, ...]


def parse(content: str) -> Parsed:
    """Raises TooLarge beyond 1 MiB or 2,000 names. A name that comes twice is unreadable the second time."""
    if len(content.encode(errors="surrogatepass")) > SIZE_LIMIT:
        raise TooLarge("A file to import has at most 1 MiB.", rule="import-too-large")
    text = content.removeprefix("\ufeff").replace("\r\n", "\n")
    values: dict[str, str] = {}
    unreadable: list[Unreadable] = []
    at = 0
    while at < len(text):
        at = _line(text, at, values, unreadable)
    if len(values) > NAMES_LIMIT:
        raise TooLarge(f"A file to import has at most {NAMES_LIMIT:,} names.", rule="import-too-many")
    return Parsed(values, tuple(unreadable))


def _line(text: str, at: int, values: dict[str, str], unreadable: list[Unreadable]) -> int:
    """Reads one entry and returns where the next one begins."""
    if blank := _REST.match(text, at):
        return max(blank.end(), at + 1)
    number = text.count("\n", 0, at) + 1
    try:
        start = _START.match(text, at)
        if start is None:
            raise _Refused("There is no NAME= at its beginning.")
        value, end = _value(text, start.end())
        if start[1] in values:
            raise _Refused("The name was given before.")
        values[start[1]] = value
    except _Refused as refused:
        unreadable.append(Unreadable(number, str(refused)))
        return _next_line(text, at)
    return end


class _Refused(Exception):
    pass


def _value(text: str, at: int) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote not in ("'", '"'):
        return _bare(text, at)
    quoted = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    if quoted is None:
        raise _Refused("A quote is not closed.")
    rest = _REST.match(text, quoted.end())
    if rest is None:
        raise _Refused("Something follows the closing quote.")
    return (quoted[1] if quote == "'" else _unescaped(quoted[1])), rest.end()


def _bare(text: str, at: int) -> tuple[str, int]:
    end = _next_line(text, at)
    line = re.split(r"[ \t]#", text[at:end].rstrip("\n"), maxsplit=1)[0].strip(" \t")
    if line.startswith("#"):
        line = ""
    if any(mark in line for mark in "'\"`\r\0"):
        raise _Refused("A quote, a carriage return or NUL stands inside a value that is not quoted.")
    return line, end


def _unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise _Refused("An escape that dialects read differently stands in a value in double quotes.")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", one, text, flags=re.DOTALL)


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
