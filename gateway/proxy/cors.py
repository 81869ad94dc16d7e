"""What browsers ask beforehand and what they want to read afterwards. The provider is never asked. Pure."""

import re

from gateway.model import Token
from gateway.proxy.head import Head
from gateway.proxy.origins import parse_origin

Headers = list[tuple[bytes, bytes]]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_EXPOSED = b"x-kv-request-id, request-id, x-request-id, retry-after, openai-processing-ms"
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_MOST_NAMES = 64


def is_preflight(method: str, head: Head) -> bool:
    return method == "OPTIONS" and bool(head.asks_method) and bool(head.origins)


def preflight_headers(head: Head) -> Headers | None:
    """A preflight carries no token, so it cannot be told whose list holds the page; the request itself is judged.

    None where the asking page has no origin.
    """
    origin = _readable(head)
    names = [name.strip() for name in head.asks_headers.split(",") if name.strip()]
    if origin is None or len(names) > _MOST_NAMES or not all(map(_TOKEN.fullmatch, names)):
        return None
    headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-max-age", b"600"),
        (b"vary", b"Origin, Access-Control-Request-Headers"),
    ]
    if names:
        headers.append((b"access-control-allow-headers", ", ".join(names).encode()))
    return headers


def answer_headers(head: Head, token: Token) -> Headers:
    """For a page that the token's list admits. A token without a list is for no page: browsers keep the answer back."""
    origin = _readable(head) if token.origins else None
    return _readable_by(origin) if origin else []


def refusal_headers(head: Head) -> Headers:
    """Whoever writes the page may read why it was refused; a refusal holds nothing of anybody's."""
    origin = _readable(head)
    return _readable_by(origin) if origin else []


def _readable_by(origin: bytes) -> Headers:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]


def _readable(head: Head) -> bytes | None:
    if len(head.origins) != 1 or parse_origin(head.origins[0]) is None:
        return None
    return head.origins[0].encode("latin-1")
