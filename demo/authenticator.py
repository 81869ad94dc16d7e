"""An authenticator app: the code of now for a base32 key (RFC 6238, six digits, 30 seconds)."""

import hmac
import time
from base64 import b32decode


def code_of(key: str) -> str:
    counter = int(time.time()) // 30
    digest = hmac.digest(b32decode(key), counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"
