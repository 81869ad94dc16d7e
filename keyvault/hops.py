"""Whose request it is where proxies stand between. Pure, so that the gateway shares it."""

import re
from collections.abc import Sequence

from keyvault.actor import Network
from keyvault.networks import Address, is_within, parse_address

_MOST_HOPS = 32
_WITH_PORT = re.compile(r"\[(?P<v6>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}")


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


def _parse_entry(text: str) -> Address | None:
    """Some proxies append the port, with IPv6 in brackets."""
    bracketed = _WITH_PORT.fullmatch(text)
    return parse_address((bracketed["v6"] or bracketed["v4"]) if bracketed else text)
