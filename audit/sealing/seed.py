"""The sealer's folder and its signing key: 32 random bytes (RFC 8032) in a file that only its user reads."""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.sealing.errors import SealerRefuses
from keyvault.processes.private import make_private_folder, write_private

_SEED = 32


def own_folder(folder: Path) -> Path:
    """Made where there is none. Raises SealerRefuses for one that others may enter."""
    make_private_folder(folder)
    _require_private(folder, 0o700)
    return folder


def has_seed(folder: Path) -> bool:
    return _path(folder).exists()


def make_seed(folder: Path) -> None:
    """Never over another one."""
    if not has_seed(folder):
        write_private(_path(folder), base64.b64encode(secrets.token_bytes(_SEED)).decode() + "\n")


def load_key(folder: Path) -> Ed25519PrivateKey:
    """Raises SealerRefuses."""
    path = _path(folder)
    try:
        _require_private(path, 0o600)
        seed = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
        return Ed25519PrivateKey.from_private_bytes(seed)
    except FileNotFoundError:
        raise SealerRefuses(f"The signing key {path} is missing: put it back, or begin a new epoch.") from None
    except (ValueError, binascii.Error):
        raise SealerRefuses(f"{path} does not hold 32 bytes in base64.") from None


def _path(folder: Path) -> Path:
    return folder / "seed"


def _require_private(path: Path, most: int) -> None:
    found = path.stat()
    if stat.S_IMODE(found.st_mode) & ~most:
        raise SealerRefuses(f"{path} must be for its user alone: chmod {most:o} {path}")
    if found.st_uid != os.geteuid():
        raise SealerRefuses(f"{path} belongs to user {found.st_uid}, not to the sealer's.")
