"""Which pages a token may be used from: what is written in its list, and which list covers which. Pure.

A list fences browsers in; it is no authentication: any other program can send any ``Origin``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

PORTS = {"https": 443, "http": 80}
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

_HIGHEST_PORT = 65535
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_SHAPE = re.compile(
    r"""(?:(?P<scheme>https?)://)?
        (?:(?P<any>\*\.)?(?P<name>[a-z0-9._-]+)|\[(?P<v6>[0-9a-f:]+)\])
        (?::(?P<port>[1-9][0-9]{0,4}))?/?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class AllowedOrigin:
    """A page that may use the token: ``scheme`` and ``port`` are None where any will do."""

    host: str
    scheme: str | None = "https"
    port: int | None = None
    subdomains: bool = False


def parse_allowed(text: str) -> AllowedOrigin:
    """``https://app.example.com``, ``app.example.com`` (https), ``*.example.com`` (its subdomains, not itself),
    ``localhost`` (any port and scheme). Raises ValueError, with words that follow the entry's name.
    """
    shape = _SHAPE.fullmatch(text.strip().lower())
    if shape is None:
        raise ValueError("is no origin; one is https://app.example, *.app.example or http://localhost:5173")
    host, port = shape["name"] or shape["v6"], int(shape["port"] or 0)
    subdomains = shape["any"] is not None
    if not is_host(host) or host == "null" or (subdomains and not _has_subdomains(host)) or port > _HIGHEST_PORT:
        raise ValueError("names no host that a page can have")
    return _allowed(_canonical(host), shape["scheme"], port or None, subdomains)


def written(origin: AllowedOrigin) -> str:
    """One text for each origin: what the list keeps."""
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    scheme = f"{origin.scheme}://" if origin.scheme else ""
    shown = origin.port is not None and origin.port != PORTS.get(origin.scheme or "")
    return f"{scheme}{'*.' if origin.subdomains else ''}{host}{f':{origin.port}' if shown else ''}"


def is_covered(child: str, parents: Iterable[str]) -> bool:
    """Whether every page of ``child`` is one of some entry of ``parents``."""
    origin = parse_allowed(child)
    return any(_covers(parse_allowed(parent), origin) for parent in parents)


def is_host(host: str) -> bool:
    if _is_address(host):
        return True
    labels = host.split(".")
    return all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def _allowed(host: str, scheme: str | None, port: int | None, subdomains: bool) -> AllowedOrigin:
    if host in LOCAL:
        return AllowedOrigin(host, scheme, port or (PORTS[scheme] if scheme else None))
    scheme = scheme or "https"
    return AllowedOrigin(host, scheme, port or PORTS[scheme], subdomains)


def _covers(parent: AllowedOrigin, child: AllowedOrigin) -> bool:
    if parent.scheme not in (None, child.scheme) or parent.port not in (None, child.port):
        return False
    if parent.subdomains:
        return child.host.endswith(f".{parent.host}") or (child.subdomains and child.host == parent.host)
    return child.host == parent.host and not child.subdomains


def _has_subdomains(host: str) -> bool:
    return "." in host and not _is_address(host)


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _canonical(host: str) -> str:
    return str(ip_address(host)) if _is_address(host) else host
