"""The one rule for the client's address behind proxies, and the block that an address belongs to."""

from functools import lru_cache
from ipaddress import ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from keyvault.actor import Network
from keyvault.hops import decide_address
from keyvault.networks import is_within, parse_address, parse_network

UNKNOWN = "unknown"

_BLOCK = {4: 24, 6: 64}  # what one person can usually take all of


def client_address(request: HttpRequest) -> str | None:
    """Text that PostgreSQL's ``inet`` takes; None where the server names no peer (a Unix socket)."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    address = decide_address(peer, forwarded, trusted_proxies())
    return str(address) if address else None


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


@lru_cache(maxsize=1024)
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
