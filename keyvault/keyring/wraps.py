"""Wraps: a data key sealed under a root key, or to the offline recovery key, and bound to what it is for.

    root wrap       "KV" 01 10 | root id (8)     | nonce (12) | AES-256-GCM(KEK, key) (32 + 16)          72 bytes
    recovery wrap   "KV" 01 12 | recovery id (8) | HPKE enc (32) | ciphertext (32 + 16)                   92 bytes
    bound to        LP("keyvault/v1/wrap") LP(header 12) LP(org 16, or zeros) LP(data key uuid 16) LP(purpose)

A root wrap takes the last line as associated data; a recovery wrap as HPKE's ``info`` (RFC 9180 §5.1.1, base mode,
DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM), whose single-shot form has no associated data of its own.
"""

import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from keyvault.errors import CannotOpen
from keyvault.keyring.framing import MAGIC, length_prefixed
from keyvault.keyring.purposes import Purpose
from keyvault.keyring.recovery import RecoveryKey, recovery_id
from keyvault.keyring.roots import Root

_BY_ROOT = MAGIC + b"\x10"
_FOR_RECOVERY = MAGIC + b"\x12"
_HEADER = 12
_NONCE = 12
_ROOT_WRAP = 72
_RECOVERY_WRAP = 92
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class KeySlot:
    """Which data key a wrap holds; ``org`` is None for the instance's own."""

    key_id: UUID
    purpose: Purpose
    org: UUID | None


def wrap(root: Root, slot: KeySlot, key: bytes) -> bytes:
    header = _BY_ROOT + root.id
    nonce = os.urandom(_NONCE)
    return header + nonce + AESGCM(root.kek).encrypt(nonce, key, _binding(header, slot))


def unwrap(root: Root, slot: KeySlot, wrapped: bytes) -> bytes:
    """The data key (32 bytes). Raises CannotOpen for a wrap of another root, key, organization or purpose."""
    header = _header(wrapped, _BY_ROOT + root.id, _ROOT_WRAP)
    nonce, sealed = wrapped[_HEADER : _HEADER + _NONCE], wrapped[_HEADER + _NONCE :]
    try:
        return AESGCM(root.kek).decrypt(nonce, sealed, _binding(header, slot))
    except InvalidTag:
        raise _cannot_open() from None


def wrap_for_recovery(public_key: bytes, slot: KeySlot, key: bytes) -> bytes:
    header = _FOR_RECOVERY + recovery_id(public_key)
    return header + _HPKE.encrypt(key, X25519PublicKey.from_public_bytes(public_key), info=_binding(header, slot))


def unwrap_by_recovery(recovery: RecoveryKey, slot: KeySlot, wrapped: bytes) -> bytes:
    """The data key (32 bytes). Raises CannotOpen as ``unwrap`` does."""
    header = _header(wrapped, _FOR_RECOVERY + recovery.id, _RECOVERY_WRAP)
    try:
        return _HPKE.decrypt(wrapped[_HEADER:], recovery.private_key, info=_binding(header, slot))
    except InvalidTag:
        raise _cannot_open() from None


def _header(wrapped: bytes, expected: bytes, length: int) -> bytes:
    if len(wrapped) != length or wrapped[:_HEADER] != expected:
        raise _cannot_open()
    return expected


def _binding(header: bytes, slot: KeySlot) -> bytes:
    org = slot.org.bytes if slot.org else bytes(16)
    return length_prefixed(b"keyvault/v1/wrap", header, org, slot.key_id.bytes, slot.purpose.encode())


def _cannot_open() -> CannotOpen:
    return CannotOpen("A data key cannot be unwrapped")
