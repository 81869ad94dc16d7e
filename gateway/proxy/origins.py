"""Whether the page that a request comes from is on a token's list: a fence inside browsers. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from tokens.origins import PORTS, AllowedOrigin, is_host, parse_allowed

__all__ = ["admits", "parse_allowed", "parse_origin"]


def admits(allowed: Iterable[AllowedOrigin], origin: str) -> bool:
    """``null``, and whatever is no origin, is admitted nowhere."""
    parsed = parse_origin(origin)
    return parsed is not None and any(_matches(each, *parsed) for each in allowed)


@lru_cache(maxsize=1024)
def parse_origin(text: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of what a browser sends."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    clean = parts.scheme in PORTS and not parts.path and not parts.query and "@" not in parts.netloc
    if not clean or not is_host(parts.hostname or "") or text != text.strip() or "#" in text:
        return None
    return parts.scheme, parts.hostname or "", port or PORTS[parts.scheme]


def _matches(allowed: AllowedOrigin, scheme: str, host: str, port: int) -> bool:
    if allowed.scheme not in (None, scheme) or allowed.port not in (None, port):
        return False
    return host.endswith(f".{allowed.host}") if allowed.subdomains else host == allowed.host
