"""Which addresses a provider may have, so that a base address never leads into the house.

A name is resolved once for each new connection and that very address is connected to: a name cannot mean one thing to
the check and another to the connection.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.upstream.interface import AddressRefused, CannotConnect
from keyvault.actor import Network
from keyvault.networks import Address, is_public, is_within, parse_address


@dataclass(frozen=True, slots=True)
class Admission:
    """An operator's word: ``host`` may lead into ``network``. Plain http is for such hosts only."""

    host: str
    network: Network


async def resolve(scheme: str, host: str, port: int, admissions: Sequence[Admission]) -> list[str]:
    """Of several addresses all must be allowed: which one answers would be the name server's choice."""
    literal = parse_address(host)
    texts = [str(literal)] if literal else await _look_up(host, port)
    networks = [admission.network for admission in admissions if admission.host == host]
    if not texts or not all(_is_allowed(parse_address(text), scheme, networks) for text in texts):
        raise AddressRefused(f"{host} leads to an address that no provider may have.")
    return texts


def _is_allowed(address: Address | None, scheme: str, networks: Sequence[Network]) -> bool:
    if address is None:
        return False
    return is_within(address, networks) or (scheme == "https" and is_public(address))


async def _look_up(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise CannotConnect(f"{host} cannot be found.") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))
