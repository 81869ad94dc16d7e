"""Signed notes and checkpoints, byte for byte those of C2SP signed-note and tlog-checkpoint, by Ed25519. Pure.

A checkpoint is the note ``<origin>\\n<size>\\n<root in base64>\\n``, an empty line, and one line per signature:
``— <origin> <base64(key id || signature)>``. The key id is SHA-256(name || 0A || 01 || public key)[:4]; a key is
published as ``<name>+<key id in hex>+<base64(01 || public key)>``.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALGORITHM = b"\x01"
_DASH = "\u2014 "


class NoteRefused(ValueError):
    """Not a note, or none that this key signed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log promised at one moment: its first ``size`` leaves have the root ``root``."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, body: str) -> Self:
        """Raises NoteRefused for anything but these three lines in their one form."""
        try:
            origin, size, root, nothing = body.split("\n")
            found = cls(origin, int(size), base64.b64decode(root, validate=True))
        except (ValueError, binascii.Error):
            raise NoteRefused("this is no checkpoint") from None
        if nothing or not origin or found.body != body or len(found.root) != hashlib.sha256().digest_size:
            raise NoteRefused("this is no checkpoint")
        return found


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The note. Ed25519 has no chance in it: the same checkpoint is the same note for ever."""
    name, public = checkpoint.origin, key.public_key().public_bytes_raw()
    signature = key_id(name, public) + key.sign(checkpoint.body.encode())
    return f"{checkpoint.body}\n{_DASH}{name} {base64.b64encode(signature).decode()}\n"


def read(note: str, public: bytes) -> Checkpoint:
    """The checkpoint that this key signed under the name of its origin. Raises NoteRefused.

    Signatures of others are passed over, as the format wants it: witnesses add theirs.
    """
    body, empty, signatures = note.partition("\n\n")
    if not empty or not signatures.endswith("\n"):
        raise NoteRefused("a note is a text, an empty line and signatures")
    checkpoint = Checkpoint.parse(body + "\n")
    for line in signatures[:-1].split("\n"):
        if _is_signed(line, checkpoint, public):
            return checkpoint
    raise NoteRefused("none of the signatures is of this key")


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ALGORITHM + public).digest()[:4]


def published(name: str, public: bytes) -> str:
    """The verifier key of C2SP signed-note."""
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(_ALGORITHM + public).decode()}"


def _is_signed(line: str, checkpoint: Checkpoint, public: bytes) -> bool:
    dash, name, signature = line[:2], *_two(line[2:])
    if dash != _DASH or not name:
        raise NoteRefused("this is no line of a signature")
    try:
        signed = base64.b64decode(signature, validate=True)
    except binascii.Error:
        raise NoteRefused("this is no line of a signature") from None
    if name != checkpoint.origin or signed[:4] != key_id(name, public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], checkpoint.body.encode())
    except InvalidSignature:
        raise NoteRefused("the signature is not that of the text") from None
    return True


def _two(text: str) -> tuple[str, str]:
    name, _, rest = text.partition(" ")
    return name, rest
