"""Root keys: read from where a spec says, never stored, known by an identifier derived from them.

raw:file:/path                                       32 bytes as base64
pbkdf2-sha256:<rounds>:<salt, base64>:file:/path     a passphrase; at least 600,000 rounds and 16 bytes of salt
…:env:NAME instead of …:file:/path                   works, with a warning: other processes may read it

KEK = HKDF-SHA256(material, "keyvault/v1/kek", 32)      id = HKDF-SHA256(material, "keyvault/v1/key-id", 8)
"""

import base64
import binascii
import os
import stat
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from keyvault.errors import KeyVaultError
from keyvault.keyring.derivation import KEY_ID_LENGTH, derive, shown

_KEY = 32
_SALT = 16
_ROUNDS = 600_000  # OWASP for PBKDF2-HMAC-SHA256
_MOST_ROUNDS = 100_000_000
_PASSPHRASE = 20
_LONGEST_FILE = 4096


class RootRefused(KeyVaultError):
    """A root cannot be read or may not be used. The sentence never repeats a spec, which could hold a misplaced key."""

    status, rule, title = 503, "root-refused", "A root key cannot be used"


class RootKind(StrEnum):
    RAW = "raw"
    PBKDF2 = "pbkdf2"


@dataclass(frozen=True, slots=True)
class Root:
    """``weakness`` bars it from being registered; ``warning`` is said and does not bar."""

    id: bytes
    kind: RootKind
    kek: bytes = field(repr=False)
    weakness: str = ""
    warning: str = ""

    def __str__(self) -> str:
        return shown(self.id)


def load_root(spec: str) -> Root:
    """The root of one spec. Deriving from a passphrase takes about half a second. Raises RootRefused."""
    match spec.strip().split(":"):
        case ["raw", *source]:
            return _root(RootKind.RAW, _raw(_read(source)), source)
        case ["pbkdf2-sha256", rounds, salt, *source]:
            passphrase = _passphrase(_read(source))
            material = _stretched(passphrase, _salt(salt), _rounds(rounds))
            return _root(RootKind.PBKDF2, material, source, weakness=_weakness(passphrase))
    raise RootRefused("A root key spec starts with neither raw: nor pbkdf2-sha256:<rounds>:<salt>:")


def _root(kind: RootKind, material: bytes, source: list[str], *, weakness: str = "") -> Root:
    key_id = derive(material, "keyvault/v1/key-id", KEY_ID_LENGTH)
    kek = derive(material, "keyvault/v1/kek", _KEY)
    exposed = source[0] == "env"
    warning = f"Root key {shown(key_id)} is in an environment variable; a file of mode 0600 is safer" if exposed else ""
    return Root(key_id, kind, kek, weakness, warning)


def _raw(content: bytes) -> bytes:
    try:
        material = base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        material = b""
    if len(material) != _KEY:
        raise RootRefused("A raw root key is not the base64 of 32 bytes (make one with: openssl rand -base64 32)")
    return material


def _passphrase(content: bytes) -> bytes:
    # A line break would be part of the passphrase: typed again elsewhere without it, the root would be another one.
    if b"\n" in content or b"\r" in content:
        raise RootRefused("A passphrase holds a line break: write the file without one (printf %s …)")
    if not content:
        raise RootRefused("A passphrase is empty")
    return content


def _weakness(passphrase: bytes) -> str:
    text = passphrase.decode(errors="replace")
    if len(text) < _PASSPHRASE:
        return f"The passphrase is shorter than {_PASSPHRASE} characters"
    return "The passphrase repeats a few characters" if len(set(text)) < _PASSPHRASE // 2 else ""


def _stretched(passphrase: bytes, salt: bytes, rounds: int) -> bytes:
    return PBKDF2HMAC(SHA256(), length=_KEY, salt=salt, iterations=rounds).derive(passphrase)


def _rounds(text: str) -> int:
    rounds = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    if not _ROUNDS <= rounds <= _MOST_ROUNDS:
        raise RootRefused(f"A root key spec names fewer than {_ROUNDS:,} PBKDF2 rounds, or more than {_MOST_ROUNDS:,}")
    return rounds


def _salt(text: str) -> bytes:
    try:
        salt = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        salt = b""
    if len(salt) < _SALT:
        raise RootRefused(f"The salt of a root key spec is not the base64 of {_SALT} bytes or more")
    return salt


def _read(source: list[str]) -> bytes:
    match source:
        case ["file", *path] if path != [""]:
            return _read_file(":".join(path))
        case ["env", name]:
            return _read_variable(name)
    raise RootRefused("A root key spec does not end with file:/path or env:NAME")


def _read_variable(name: str) -> bytes:
    value = os.environb.get(name.encode())
    if value is None:
        raise RootRefused(f"The environment variable {name} of a root key is not set")
    return value


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            _require_private(path, os.fstat(file.fileno()), os.fstatvfs(file.fileno()))
            return _at_most(_LONGEST_FILE, file.read(_LONGEST_FILE + 1), path)
    except OSError as problem:
        raise RootRefused(f"The root key file {path} cannot be read: {problem.strerror}") from None


def _at_most(limit: int, content: bytes, path: str) -> bytes:
    if len(content) > limit:
        raise RootRefused(f"The root key file {path} is longer than {limit} bytes")
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in its place is refused instead of waited for


def _require_private(path: str, file: os.stat_result, mount: os.statvfs_result) -> None:
    if not stat.S_ISREG(file.st_mode):
        raise RootRefused(f"The root key file {path} is not a regular file")
    # Orchestrators mount secrets read-only and readable for the container (/run/secrets, mode 0444).
    if stat.S_IMODE(file.st_mode) & ~0o600 and not mount.f_flag & os.ST_RDONLY:
        mode = f"{stat.S_IMODE(file.st_mode):04o}"
        raise RootRefused(
            f"The root key file {path} has mode {mode}: it may be readable by its owner only (chmod 0600), "
            "unless it lies on a read-only mount such as /run/secrets"
        )
