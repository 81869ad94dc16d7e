"""Whether a token works now: one verdict for the services, the API's fast path and the gateway. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keyvault.networks import is_within, parse_address, parse_network


class Verdict(StrEnum):
    USABLE = "usable"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_NETWORK = "wrong-network"
    OWNER_GONE = "owner-gone"
    TAMPERED = "tampered"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the holder of an authentic token is told."""

    rule: str
    sentence: str
    remedy: str


REFUSALS: dict[Verdict, Refusal] = {
    Verdict.PAUSED: Refusal("token-paused", "The token is paused.", "Whoever paused it or an admin can resume it."),
    Verdict.EXPIRED: Refusal("token-expired", "The token has expired.", "Issue a new one under the same name."),
    Verdict.REVOKED: Refusal("token-revoked", "The token has been revoked.", "Ask an admin why, and for a new one."),
    Verdict.OWNER_GONE: Refusal(
        "token-owner-gone", "The token's owner is no longer active here.", "An admin can issue one to somebody else."
    ),
    Verdict.WRONG_NETWORK: Refusal(
        "network", "The token may not be used from this address.", "Use it from its networks, or issue one for yours."
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the verdict is about. ``networks`` are CIDR; none: any address will do."""

    authentic: bool
    state: str
    owner_active: bool
    expires_at: dt.datetime
    networks: Sequence[str] = ()


def judge(standing: Standing, *, address: str | None, now: dt.datetime) -> Verdict:
    """What is final comes first, what can be mended last. A state that is unknown is taken for revoked."""
    if not standing.authentic:
        return Verdict.TAMPERED
    if standing.state not in ("active", "paused"):
        return Verdict.REVOKED
    if now >= standing.expires_at:
        return Verdict.EXPIRED
    if not standing.owner_active:
        return Verdict.OWNER_GONE
    if standing.state == "paused":
        return Verdict.PAUSED
    if standing.networks and not admits(standing.networks, address):
        return Verdict.WRONG_NETWORK
    return Verdict.USABLE


def admits(networks: Sequence[str], address: str | None) -> bool:
    """Without an address nobody is admitted to a list."""
    parsed = parse_address(address or "")
    return parsed is not None and is_within(parsed, map(parse_network, networks))
