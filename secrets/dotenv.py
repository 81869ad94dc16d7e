"""Reading ``.env`` files: what every dialect agrees on. Nothing is interpolated; what is unclear is not guessed. Pure.

A line is blank, a comment, or ``NAME=value`` after an optional ``export``. A value is bare (trimmed; a ``#`` after a
blank begins a comment), in single quotes (as it is, over lines too) or in double quotes (only the escapes of
``_ESCAPES``). A line feed ends a line, CR and LF are read as one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from keyvault.errors import Invalid, TooLarge

SIZE_LIMIT = 1024 * 1024  # bytes
NAMES_LIMIT = 2000  # readable or not

_START = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
# Without quotes. The lines of a key must not be taken for names, and the last one often ends in a =.
_PEM = re.compile(r"-----BEGIN [^\n]*\n(?:[A-Za-z0-9+/=]*\n)*(?:-----END [^\n]*(?:\n|\Z))?")


@dataclass(frozen=True, slots=True)
class Entry:
    """``line`` counts from 1."""

    line: int
    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """``reason`` never repeats the line."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """In the order of the file; each name once."""

    entries: tuple[Entry, ...]
    unreadable: tuple[Unreadable, ...]


def decode(content: bytes) -> str:
    """The text of an uploaded file. Raises TooLarge beyond 1 MiB, Invalid for what is no UTF-8."""
    if len(content) > SIZE_LIMIT:
        raise _too_large()
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8.", extra={"field": "content"}) from None


def parse(content: str) -> Parsed:
    """A name that comes twice is unreadable each time. Raises TooLarge beyond 1 MiB or 2,000 names."""
    if len(content.encode(errors="surrogatepass")) > SIZE_LIMIT:
        raise _too_large()
    entries: list[Entry] = []
    unreadable: list[Unreadable] = []
    for number, found in enumerate(_lines(content.removeprefix("\ufeff").replace("\r\n", "\n")), 1):
        if number > NAMES_LIMIT:
            raise TooLarge(f"A file to import has at most {NAMES_LIMIT:,} names.", rule="import-too-many")
        if isinstance(found, Entry):
            entries.append(found)
        else:
            unreadable.append(found)
    return _without_repeated(entries, unreadable)


def _lines(text: str) -> Iterator[Entry | Unreadable]:
    at, line = 0, 1
    while at < len(text):
        begun = at
        if blank := _REST.match(text, at):
            at = blank.end()
        else:
            found, at = _entry(text, at, line)
            yield found
        line += text.count("\n", begun, at)


def _entry(text: str, at: int, line: int) -> tuple[Entry | Unreadable, int]:
    """What begins here, and where the next line does."""
    start = _START.match(text, at)
    if start is None:
        return Unreadable(line, "There is no NAME= at its beginning."), _next_line(text, at)
    if pem := _PEM.match(text, start.end()):
        return Unreadable(line, "A value of several lines needs quotes."), pem.end()
    try:
        value, end = _value(text, start.end())
    except _Refused as refused:
        return Unreadable(line, str(refused)), refused.end or _next_line(text, at)
    return Entry(line, start[1], value), end


class _Refused(Exception):
    """``end`` is where the next line begins; 0 where the value's own end is unclear."""

    def __init__(self, reason: str, end: int = 0) -> None:
        super().__init__(reason)
        self.end = end


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
    return (quoted[1] if quote == "'" else _unescaped(quoted[1], rest.end())), rest.end()


def _bare(text: str, at: int) -> tuple[str, int]:
    end = _next_line(text, at)
    line = re.split(r"[ \t]#", text[at:end].rstrip("\n"), maxsplit=1)[0].strip(" \t")
    if line.startswith("#"):
        line = ""
    if any(mark in line for mark in "'\"`\r\0"):
        raise _Refused("A quote, a carriage return or NUL stands inside a value that is not quoted.")
    return line, end


def _unescaped(text: str, end: int) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise _Refused("An escape that dialects read differently stands in a value in double quotes.", end)
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", one, text, flags=re.DOTALL)


def _next_line(text: str, at: int) -> int:
    found = _LINE.match(text, at)
    return found.end() if found else len(text)


def _without_repeated(entries: list[Entry], unreadable: list[Unreadable]) -> Parsed:
    """Dialects differ in which of two lines wins, so neither does."""
    lines: dict[str, list[int]] = {}
    for entry in entries:
        lines.setdefault(entry.name, []).append(entry.line)
    repeated = [
        Unreadable(line, "The name is given more than once.")
        for many in lines.values()
        if len(many) > 1
        for line in many
    ]
    kept = tuple(entry for entry in entries if len(lines[entry.name]) == 1)
    return Parsed(kept, tuple(sorted([*unreadable, *repeated], key=lambda found: found.line)))


def _too_large() -> TooLarge:
    return TooLarge("A file to import has at most 1 MiB.", rule="import-too-large")
