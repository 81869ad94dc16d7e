"""The offline recovery key: an X25519 pair of which the database keeps the public half and no server the private one.

text   "kv-recovery-1:" base64url(private key, 32 bytes), without padding
id     HKDF-SHA256(public key, info "keyvault/v1/recovery-id", 8 bytes)
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from keyvault.errors import Invalid
from keyvault.keyring.derivation import KEY_ID_LENGTH, derive

_PREFIX = "kv-recovery-1:"


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    id: bytes
    public_key: bytes
    private_key: X25519PrivateKey = field(repr=False)

    def text(self) -> str:
        """The private key as a person keeps it. The only way out of this object."""
        return _PREFIX + base64.urlsafe_b64encode(self.private_key.private_bytes_raw()).decode().rstrip("=")


def generate() -> RecoveryKey:
    return _pair(X25519PrivateKey.generate())


def parse(text: str) -> RecoveryKey:
    """Raises Invalid without repeating a character of what was given."""
    body = text.strip().removeprefix(_PREFIX)
    try:
        return _pair(X25519PrivateKey.from_private_bytes(base64.b64decode(body + "=", altchars=b"-_", validate=True)))
    except (binascii.Error, ValueError):
        raise Invalid(f"This is not a recovery key: it reads {_PREFIX} and 43 characters") from None


def recovery_id(public_key: bytes) -> bytes:
    return derive(public_key, "keyvault/v1/recovery-id", KEY_ID_LENGTH)


def _pair(private_key: X25519PrivateKey) -> RecoveryKey:
    public_key = private_key.public_key().public_bytes_raw()
    return RecoveryKey(recovery_id(public_key), public_key, private_key)
