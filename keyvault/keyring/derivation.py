"""HKDF-SHA256 (RFC 5869) of 32-byte key material, without salt: one label, one independent key."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID_LENGTH = 8


def derive(material: bytes, label: str, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=None, info=label.encode()).derive(material)


def shown(key_id: bytes) -> str:
    """How a root is named to people: the first half of its identifier, as hex."""
    return key_id.hex()[:8] + "…"
