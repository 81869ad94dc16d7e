"""A SCIM token: ``kvscim_<30 base62><6 base62 CRC32 of all before>``, and what the database keeps of it. Pure.

    digest = HMAC-SHA256(pepper, "kv-scim-token-v1" 00 || LP(token id, organization id, expiry, token))

LP is ``u32be length || field``; the expiry is i64be microseconds since 1970. Bound to its row, a digest that is copied
to another organization's row opens nothing there. NOTE: stored; ``tests/scim/test_token_format.py`` holds golden ones.
"""

import datetime as dt
import hmac
import re
from uuid import UUID

from keyvault.base62 import CHECKSUM, checksum, random_text
from keyvault.keyring.framing import length_prefixed

LOOKUP = 8  # characters that lists show and rows are found by; 22 stay secret, 131 bits

_HEAD = "kvscim_"
_RANDOM = 30
_SHAPE = re.compile(rf"{_HEAD}[0-9A-Za-z]{{{_RANDOM + CHECKSUM}}}")
_CONTEXT = b"kv-scim-token-v1\0"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def mint() -> str:
    body = _HEAD + random_text(_RANDOM)
    return body + checksum(body)


def is_well_formed(text: str) -> bool:
    """False for everything that :func:`mint` cannot have made."""
    return bool(_SHAPE.fullmatch(text)) and checksum(text[:-CHECKSUM]) == text[-CHECKSUM:]


def lookup_of(token: str) -> str:
    return token[len(_HEAD) : len(_HEAD) + LOOKUP]


def display_of(token: str) -> str:
    """What lists show: ``kvscim_7Hq2LmZ0…``."""
    return f"{_HEAD}{lookup_of(token)}…"


def digest(pepper: bytes, *, token_id: UUID, org_id: UUID, expires_at: dt.datetime, token: str) -> bytes:
    """32 bytes."""
    micros = (expires_at - _EPOCH) // dt.timedelta(microseconds=1)
    fields = (token_id.bytes, org_id.bytes, micros.to_bytes(8, "big", signed=True), token.encode("ascii"))
    return hmac.digest(pepper, _CONTEXT + length_prefixed(*fields), "sha256")
