"""Whether a token works now: one verdict for the services, the API's fast path and the gateway. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keyvault.networks import admits


class Verdict(StrEnum):
    USABLE = "usable"
    PAUSED = "paused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    WRONG_NETWORK = "wrong-network"
    OUTSIDE_ORGANIZATION = "outside-organization"
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
    Verdict.OUTSIDE_ORGANIZATION: Refusal(
        "organization-network",
        "The organization admits no requests from this address.",
        "Use the token from the organization's networks; an owner can change them.",
    ),
}

BY_ADDRESS = frozenset({Verdict.WRONG_NETWORK, Verdict.OUTSIDE_ORGANIZATION})
"""What is wrong with the address alone: from another one the token works."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the verdict is about. ``networks`` (the token's, the organization's) are CIDR; none: any address will do."""

    authentic: bool
    state: str
    owner_active: bool
    expires_at: dt.datetime
    networks: Sequence[str] = ()
    org_networks: Sequence[str] = ()


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
    if standing.org_networks and not admits(standing.org_networks, address):
        return Verdict.OUTSIDE_ORGANIZATION
    return Verdict.USABLE
