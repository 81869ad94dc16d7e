"""The code in an invitation's link: 256 bits of randomness, of which the database keeps a digest only. Pure.

    digest = SHA-256("kv-invitation-v1" 00 || code)

No key is needed: nobody guesses a code, so nobody finds one by trying digests.
"""

import hashlib
import secrets

_CONTEXT = b"kv-invitation-v1\0"
_BYTES = 32


def new_code() -> str:
    """43 characters of base64url (RFC 4648 §5)."""
    return secrets.token_urlsafe(_BYTES)


def code_digest(code: str) -> bytes:
    """32 bytes. Anything may be asked about; what is no code is nobody's."""
    return hashlib.sha256(_CONTEXT + code.encode(errors="replace")).digest()
