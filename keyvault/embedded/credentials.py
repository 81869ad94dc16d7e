"""Passwords, Django's secret key and the root keys: made once, kept in files of mode 0600 in the data folder."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from keyvault.processes.private import make_private_folder, write_private

ROOT_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of the embedded servers and of Django. In ``<data folder>/credentials.json``."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    app: str = field(repr=False)
    redis: str = field(repr=False)
    secret_key: str = field(repr=False)
    sealer: str = field(repr=False, default="")
    gateway: str = field(repr=False, default="")

    @classmethod
    def read(cls, var: Path) -> Self | None:
        try:
            return cls(**json.loads(_path(var).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    @classmethod
    def read_or_make(cls, var: Path) -> Self:
        """Only the holder of the data folder's lock may make them."""
        kept = cls.read(var)
        if kept is None or not (kept.sealer and kept.gateway):
            made = {name: secrets.token_urlsafe(48) for name in cls.__dataclass_fields__}
            kept = cls(**made | {name: value for name, value in (asdict(kept) if kept else {}).items() if value})
            write_private(_path(var), json.dumps(asdict(kept)))
        return kept


def _path(var: Path) -> Path:
    return var / "credentials.json"


ROOT_KEY_FILES: Mapping[str, str] = {
    "KEYVAULT_ROOT_KEYS": "root.key",
    "KEYVAULT_GATEWAY_ROOT_KEYS": "gateway-root.key",
}


def root_key_file(var: Path, variable: str) -> Path:
    return var / "keys" / ROOT_KEY_FILES[variable]


def make_root_key(path: Path) -> None:
    """32 random bytes in base64, one line: what ``raw:file:`` reads. Never overwrites."""
    if not path.exists():
        make_private_folder(path.parent)
        write_private(path, base64.b64encode(secrets.token_bytes(ROOT_KEY_BYTES)).decode() + "\n")
