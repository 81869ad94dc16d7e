"""The fingerprint of a value: equal values of one organization are found without opening any.

    fingerprint = HMAC-SHA256(organization's fingerprint key, "keyvault/v1/fp\\0" || value)[:16]

One canonical form: CR and LF at the end are dropped, every other byte counts. Short and guessable values have none,
since a stolen fingerprint key would let them be found by trying.
"""

import hmac
import math
from collections import Counter

_LEAST_BYTES = 12
_LEAST_BITS = 40


def fingerprint_of(key: bytes, value: bytes) -> bytes | None:
    """16 bytes, or None for a value that is not searchable."""
    canonical = value.rstrip(b"\r\n")
    if not is_searchable(canonical):
        return None
    return hmac.digest(key, b"keyvault/v1/fp\0" + canonical, "sha256")[:16]


def is_searchable(canonical: bytes) -> bool:
    """At least 12 bytes, and at least 40 bits by their own frequencies (Shannon's entropy times the length)."""
    return len(canonical) >= _LEAST_BYTES and _bits(canonical) >= _LEAST_BITS


def _bits(value: bytes) -> float:
    size = len(value)
    return -sum(count * math.log2(count / size) for count in Counter(value).values())
