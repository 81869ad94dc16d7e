"""Which pages a token may be used from: a fence inside browsers, no authentication. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from gateway.model import AllowedOrigin

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PORTS = {"https": 443, "http": 80}


def parse_allowed(text: str) -> AllowedOrigin:
    """``https://app.example.com``, ``app.example.com`` (https), ``*.example.com``, ``localhost`` (any port and scheme).

    Raises ValueError.
    """
    parts = urlsplit(text.strip().lower() if "//" in text else f"//{text.strip().lower()}")
    host = parts.hostname or ""
    subdomains = host.startswith("*.")
    host = host.removeprefix("*.")
    if parts.path or parts.query or "@" in parts.netloc or parts.scheme not in ("", *_PORTS):
        raise ValueError(f"{text} is no origin: scheme://host[:port]")
    if not _is_host(host) or (subdomains and (host in _LOCAL or "." not in host)):
        raise ValueError(f"{text} names no host")
    if host in _LOCAL:
        return AllowedOrigin(host, parts.scheme or None, parts.port)
    scheme = parts.scheme or "https"
    return AllowedOrigin(host, scheme, parts.port or _PORTS[scheme], subdomains)


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
    clean = parts.scheme in _PORTS and not parts.path and not parts.query and "@" not in parts.netloc
    if not clean or not _is_host(parts.hostname or "") or text != text.strip() or "#" in text:
        return None
    return parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme]


def _matches(allowed: AllowedOrigin, scheme: str, host: str, port: int) -> bool:
    if allowed.scheme not in (None, scheme) or allowed.port not in (None, port):
        return False
    return host.endswith(f".{allowed.host}") if allowed.subdomains else host == allowed.host


def _is_host(host: str) -> bool:
    if all(_LABEL.fullmatch(label) for label in host.split(".")):
        return True
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
