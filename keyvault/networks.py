"""Addresses and networks as values. Pure."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network

from keyvault.actor import Network

Address = IPv4Address | IPv6Address

_MAPPED = IPv6Network("::ffff:0:0/96")
_CARRIES_IPV4 = {  # bits right of the address
    IPv6Network("64:ff9b::/96"): 0,  # NAT64
    IPv6Network("2002::/16"): 80,  # 6to4
    IPv6Network("::/96"): 0,  # "compatible", long deprecated
    IPv6Network("::ffff:0:0:0/96"): 0,  # "translated"
}
_PLATFORM = (  # a cloud's own, though of blocks that may pass for public
    ip_network("168.63.129.16/32"),  # Azure
    ip_network("192.0.0.0/24"),  # protocols' own; Oracle's metadata
    ip_network("64:ff9b:1::/48"),  # NAT64 of one's own network
)


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """None for what is no address. An IPv4 address mapped into IPv6 is the IPv4 address; a zone is dropped."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


@lru_cache(maxsize=4096)
def parse_network(text: str) -> Network:
    """An address, or CIDR without host bits. Raises ValueError. IPv4 mapped into IPv6 is IPv4, as for addresses."""
    if "%" in text:
        raise ValueError(f"{text} has a zone, which means something on one machine only")
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return ip_network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def clean_network(text: str) -> str:
    """An address or a network, written as CIDR. Raises ValueError, with words that follow the name of what is wrong."""
    try:
        network = parse_network(text)
    except ValueError:
        raise ValueError(f"is no address and no network{_meant(text)}") from None
    if network.prefixlen == 0:
        raise ValueError("admits everybody: leave the list empty if that is meant")
    return str(network)


def admits(networks: Sequence[str], address: str | None) -> bool:
    """Is the address in one of them, written as CIDR? Without an address nobody is admitted to a list."""
    parsed = parse_address(address or "")
    return parsed is not None and is_within(parsed, map(parse_network, networks))


def is_loopback(host: str) -> bool:
    """An address, or the one name that never leaves the machine."""
    address = parse_address(host)
    return address.is_loopback if address else host == "localhost"


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def is_public(address: Address) -> bool:
    """Does it belong to the internet at large (RFC 6890), whatever it is wrapped in?"""
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address.is_global and not address.is_multicast and not is_within(address, _PLATFORM)


def is_inside(network: Network, others: Iterable[Network]) -> bool:
    """Does one of the others hold all of it?"""
    return any(
        network.version == other.version and network.network_address in other and network.prefixlen >= other.prefixlen
        for other in others
    )


def _carried(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    shift = next((bits for network, bits in _CARRIES_IPV4.items() if address in network), None)
    return None if shift is None else IPv4Address(int(address) >> shift & 0xFFFFFFFF)


def _meant(text: str) -> str:
    try:
        return f"; perhaps {ip_interface(text.partition('%')[0]).network} is meant"
    except ValueError:
        return ""
