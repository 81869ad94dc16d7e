"""The one JSON parser: I-JSON (RFC 7493) and nothing else, so that every reader of a body reads the same."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from keyvault.errors import KeyVaultError, TooLarge

BODY_LIMIT = 512 * 1024  # bytes: a value of 64 KiB in the longest escapes fits
DEPTH_LIMIT = 32
_INTEGER_LIMIT = 2**53 - 1  # RFC 7493 §2.2: beyond it a reader may round

# Strings first, so that brackets inside them do not count. One without an end is taken to the end of the body, and
# nothing is tried twice: the time stays linear in any body.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{\]}]', re.DOTALL)


class Malformed(KeyVaultError):
    """The body is not the JSON that the API reads. The sentence never quotes the body."""

    status, rule, title = 400, "malformed-json", "The body is not valid JSON"


class StrictJSONParser(BaseParser):
    """Reads an object. A view may set ``body_limit`` (bytes)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        limit = getattr((parser_context or {}).get("view"), "body_limit", BODY_LIMIT)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        return parse_object(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``. Raises :class:`Malformed`.

    Refused: invalid UTF-8, a byte order mark, duplicate keys, more than 32 levels, NUL and lone surrogates in any
    text, NaN and infinities, integers beyond 2^53, and a top level that is no object.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("The body is not valid UTF-8.") from None
    _refuse_depth(text)
    try:
        document = _decoder.decode(text)
    except ValueError as problem:
        raise Malformed(f"The body is not valid JSON: {_place(problem)}.") from None
    if not isinstance(document, dict):
        raise Malformed("The body is not a JSON object.")
    if "\\u" in text:
        _refuse_odd_text(document)
    return document


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group()[0], 0)
        if depth > DEPTH_LIMIT:
            raise Malformed(f"The body is nested more than {DEPTH_LIMIT} levels deep.")


def _refuse_odd_text(document: dict[str, Any]) -> None:
    for text in _texts(document):
        if "\0" in text:
            raise Malformed("The body holds a NUL character; send bytes as value_base64.")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Malformed("The body holds a lone surrogate.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Malformed("The body gives a key twice.")
    return document


def _integer(digits: str) -> int:
    if len(digits) > len(str(_INTEGER_LIMIT)) + 1 or abs(int(digits)) > _INTEGER_LIMIT:
        raise Malformed("The body holds an integer beyond 2^53.")
    return int(digits)


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed("The body holds a number that is not finite.")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON.")


def _place(problem: ValueError) -> str:
    """The decoder's own sentence quotes nothing of the body."""
    if isinstance(problem, json.JSONDecodeError):
        return f"{problem.msg} at line {problem.lineno}, column {problem.colno}"
    return "it cannot be read"


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant
)
