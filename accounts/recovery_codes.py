"""Recovery codes: 80 random bits each, of which only a digest is kept."""

import hashlib
import re
import secrets
from base64 import b32encode
from uuid import UUID

COUNT = 10

_BYTES = 10
_CONTEXT = b"kv-recovery-code-v1\0"
_FORM = re.compile(r"[A-Z2-7]{16}")


def new_codes() -> list[str]:
    return [_shown(b32encode(secrets.token_bytes(_BYTES)).decode()) for _ in range(COUNT)]


def digest_of(code: str, sheet: UUID) -> bytes | None:
    """SHA-256 over context, sheet and code; None for what is no code. Case, blanks and hyphens do not count.

    80 random bits cannot be searched, so that neither salt rounds nor a key would add anything.
    NOTE: a change makes all codes that people keep worthless.
    """
    plain = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(_CONTEXT + sheet.bytes + plain.encode()).digest() if _FORM.fullmatch(plain) else None


def _shown(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4)).lower()
