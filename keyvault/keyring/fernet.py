"""Fernet, the format of older stores: opened to be imported, never written.

key   32 bytes as base64url, or PBKDF2-HMAC-SHA256(passphrase, salt, rounds, 32 bytes) as base64url
https://github.com/fernet/spec/blob/master/Spec.md
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from keyvault.errors import CannotOpen, Invalid


def open_legacy(token: bytes, key: bytes) -> bytes:
    """The value. Raises CannotOpen for a token that is altered or of another key, Invalid for a key that is none.

    A token is bound to nothing but its key: who imports it must know what it was the value of.
    """
    try:
        return _cipher(key).decrypt(token.strip())
    except InvalidToken:
        raise CannotOpen("The Fernet token cannot be opened with this key") from None


def legacy_key(passphrase: bytes, *, salt: bytes, rounds: int) -> bytes:
    """The key that older stores derived; ``rounds`` is whatever they used, often 100,000."""
    return base64.urlsafe_b64encode(PBKDF2HMAC(SHA256(), length=32, salt=salt, iterations=rounds).derive(passphrase))


def _cipher(key: bytes) -> Fernet:
    try:
        return Fernet(key.strip())
    except ValueError:
        raise Invalid("A Fernet key is the base64url of 32 bytes") from None
