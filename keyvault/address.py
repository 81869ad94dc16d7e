"""The one rule for the client's address behind proxies, and the block that an address belongs to."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from keyvault.actor import Network
from keyvault.networks import Address, is_within, parse_address, parse_network

UNKNOWN = "unknown"

_MOST_HOPS = 32
_BLOCK = {4: 24, 6: 64}  # what one person can usually take all of
_WITH_PORT = re.compile(r"\[(?P<v6>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}")


def client_address(request: HttpRequest) -> str | None:
    """Text that PostgreSQL's ``inet`` takes; None where the server names no peer (a Unix socket)."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    address = decide_address(peer, forwarded, trusted_proxies())
    return str(address) if address else None


def decide_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> Address | None:
    """Walks from the connection's peer to the left through ``X-Forwarded-For``, as far as trusted proxies vouch.

    Every proxy appends whom it spoke to, so an entry is true only if what stands right of it is ours. The first
    address that is no trusted proxy is the client; where an entry cannot be read, the last trusted hop is.
    NOTE: name proxies, not networks that clients are in: a trusted address may write the rest of the header.
    """
    hop = parse_address(peer)
    for entry in reversed(forwarded.rsplit(",", _MOST_HOPS)[-_MOST_HOPS:] if forwarded else []):
        if hop is None or not is_within(hop, trusted):
            break
        claimed = _parse_entry(entry.strip())
        if claimed is None:
            break
        hop = claimed
    return hop


def trusted_proxies() -> tuple[Network, ...]:
    """``KEYVAULT_TRUSTED_PROXIES``. Raises ImproperlyConfigured for what is no address and no network."""
    return _networks("KEYVAULT_TRUSTED_PROXIES", tuple(settings.KEYVAULT_TRUSTED_PROXIES))


def admin_network_allows(address: str | None) -> bool:
    """Whether the operators' admin may be asked from there: ``KEYVAULT_ADMIN_NETWORKS``, or anywhere where it is empty.

    Loopback is no exception: where it is meant, it is listed.
    """
    networks = _networks("KEYVAULT_ADMIN_NETWORKS", tuple(settings.KEYVAULT_ADMIN_NETWORKS))
    parsed = parse_address(address or "")
    return not networks or (parsed is not None and is_within(parsed, networks))


def block_of(address: str | None) -> str:
    """The /24 or /64 of an address, as text; ``unknown`` for none."""
    parsed = parse_address(address or "")
    return str(ip_network((parsed, _BLOCK[parsed.version]), strict=False)) if parsed else UNKNOWN


@lru_cache(maxsize=16)
def _networks(setting: str, texts: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(parse_network(text.strip()) for text in texts if text.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"{setting}: {error}") from None


def _parse_entry(text: str) -> Address | None:
    """Some proxies append the port, with IPv6 in brackets."""
    bracketed = _WITH_PORT.fullmatch(text)
    return parse_address((bracketed["v6"] or bracketed["v4"]) if bracketed else text)
