"""The envelope of a stored value: AES-256-GCM under a data key named in the header, bound to the value's place.

    envelope    "KV" 01 | suite | data key uuid (16) | nonce (12) | ciphertext | tag (16)
    associated  header (20) || LP("keyvault/v1/value") LP(purpose) LP(org 16) LP(project 16) LP(environment 16)
                LP(secret 16) LP(u64be version)        and for ``broker`` || LP(provider) LP(hosts, sorted, by "\\n")
    suite 01    the plaintext is the value
    suite 02    the plaintext is u32be length || value || zeros to a multiple of 64, which hides how long a key is

LP(x) is ``u32be length || x``. GCM with random 96-bit nonces: NIST SP 800-38D §8.2.2, at most 2^32 seals by one key
(§8.3). The header is authenticated, so the data key is chosen by name and never by trial.

NOTE: stored values depend on every byte here; ``tests/keyring/test_golden.py`` holds one of each kind for ever.
"""

import os
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyvault.errors import CannotOpen
from keyvault.keyring.framing import MAGIC, length_prefixed
from keyvault.keyring.purposes import Purpose

PLAIN = 0x01
PADDED = 0x02

_HEADER = 20
_NONCE = 12
_TAG = 16
_BLOCK = 64


class Context(Protocol):
    """The place an envelope is bound to: it opens nowhere else. ``org`` is None for the instance's own keys."""

    @property
    def purpose(self) -> Purpose: ...
    @property
    def org(self) -> UUID | None: ...
    def fields(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ValueContext:
    """One version of one secret. ``provider`` and ``hosts`` bind a ``broker`` value and are ignored for others."""

    purpose: Purpose
    org: UUID
    project: UUID
    environment: UUID
    secret: UUID
    version: int
    provider: str = ""
    hosts: tuple[str, ...] = ()

    def fields(self) -> bytes:
        place = (self.org, self.project, self.environment, self.secret)
        return length_prefixed(
            b"keyvault/v1/value",
            self.purpose.encode(),
            *(part.bytes for part in place),
            self.version.to_bytes(8, "big"),
            *(self._binding() if self.purpose == Purpose.BROKER else ()),
        )

    def _binding(self) -> tuple[bytes, bytes]:
        if any("\n" in host for host in self.hosts):
            raise ValueError("a host holds a line break")
        return self.provider.encode(), "\n".join(sorted(set(self.hosts))).encode()


@dataclass(frozen=True, slots=True)
class FieldContext:
    """One column of one row that holds a configuration secret.

    Its fields are LP("keyvault/v1/field") LP(purpose) LP(table) LP(column) LP(row 16).
    """

    table: str
    column: str
    row: UUID
    purpose: Purpose = Purpose.CONFIG
    org: None = None

    def fields(self) -> bytes:
        place = (self.table.encode(), self.column.encode(), self.row.bytes)
        return length_prefixed(b"keyvault/v1/field", self.purpose.encode(), *place)


def seal(key_id: UUID, key: bytes, context: Context, value: bytes, *, suite: int = PADDED) -> bytes:
    """The envelope of ``value``: 48 bytes longer than the plaintext of its suite."""
    header = MAGIC + bytes([suite]) + key_id.bytes
    nonce = os.urandom(_NONCE)
    plaintext = _pad(value) if suite == PADDED else value
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + context.fields())


def unseal(key: bytes, context: Context, envelope: bytes) -> bytes:
    """The value. Raises CannotOpen when a byte, the place or the key is another than when it was sealed."""
    suite = _suite(envelope)
    header, nonce, rest = envelope[:_HEADER], envelope[_HEADER : _HEADER + _NONCE], envelope[_HEADER + _NONCE :]
    try:
        plaintext = AESGCM(key).decrypt(nonce, rest, header + context.fields())
    except InvalidTag:
        raise CannotOpen from None
    return _unpad(plaintext) if suite == PADDED else plaintext


def key_id_of(envelope: bytes) -> UUID:
    """The data key that sealed it. Not authenticated before the envelope is opened with that very key."""
    _suite(envelope)
    return UUID(bytes=envelope[4:_HEADER])


def _suite(envelope: bytes) -> int:
    if len(envelope) < _HEADER + _NONCE + _TAG:
        raise CannotOpen("The stored value is cut short")
    if envelope[:3] != MAGIC or envelope[3] not in (PLAIN, PADDED):
        raise CannotOpen("The stored value has an unknown format")
    return envelope[3]


def _pad(value: bytes) -> bytes:
    framed = length_prefixed(value)
    return framed + bytes(-len(framed) % _BLOCK)


def _unpad(plaintext: bytes) -> bytes:
    length = int.from_bytes(plaintext[:4], "big")
    value = plaintext[4 : 4 + length]
    if _pad(value) != plaintext:
        raise CannotOpen("The stored value is padded wrongly")
    return value
