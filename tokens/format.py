"""How a token looks: ``kv<kind>_<env>_<30 base62><6 base62 CRC32 of all before>``. Pure.

``kvs_prd_`` is a service token for a production environment. ``env`` is the environment's tier or ``any``; it is
advisory, the row decides. 30 characters are 178 bits. The checksum (CRC-32 of IEEE 802.3, big-endian base62 with
``0`` for padding) is no security: it turns typing errors away before the database is asked.
"""

import re
from dataclasses import dataclass, field

from keyvault.actor import TokenKind
from keyvault.base62 import ALPHABET, CHECKSUM, checksum, random_text
from keyvault.target import Tier

__all__ = ["ALPHABET", "ANY", "LENGTH", "Presented", "checksum", "display", "mint", "parse"]

ANY = "any"
LENGTH = 44  # characters

_RANDOM = 30
_SHOWN = 4
_SHAPE = re.compile(r"kv([psct])_(dev|stg|prd|any)_[0-9A-Za-z]{36}")


@dataclass(frozen=True, slots=True)
class Presented:
    """A token whose checksum is right. Whether it exists is another question."""

    kind: TokenKind
    environment: str
    text: str = field(repr=False)


def mint(kind: TokenKind, tier: Tier | None = None) -> str:
    head = f"kv{kind.value}_{tier.value if tier else ANY}_"
    body = head + random_text(_RANDOM)
    return body + checksum(body)


def parse(text: str) -> Presented | None:
    """None for everything that :func:`mint` cannot have made."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or checksum(text[:-CHECKSUM]) != text[-CHECKSUM:]:
        return None
    return Presented(TokenKind(shape[1]), shape[2], text)


def display(token: str) -> str:
    """What lists show: ``kvs_prd_7Hq2…Xa9f``."""
    head = len(token) - _RANDOM - CHECKSUM
    return f"{token[: head + _SHOWN]}…{token[-_SHOWN:]}"
