"""What each child may see of our environment: nothing that it does not need."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from keyvault.embedded.credentials import ROOT_KEY_FILES

CODE = Path(__file__).resolve().parents[2]
_MACHINE = {
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "PGSSLROOTCERT", "COVERAGE_PROCESS_START"),
}
_PRODUCT = re.compile(r"KEYVAULT_\w+|DATABASE_URL|REDIS_URL|DJANGO_SETTINGS_MODULE")
_SOURCE = re.compile(r":env:(\w+)")
OWNER = "KEYVAULT_OWNER_DATABASE_URL"
SEALER = "KEYVAULT_SEALER_DATABASE_URL"
GATEWAY = "KEYVAULT_GATEWAY_DATABASE_URL"
APP = ("DATABASE_URL", "REDIS_URL", "KEYVAULT_SECRET_KEY")
MAIN_ROOTS = "KEYVAULT_ROOT_KEYS"
GATEWAY_ROOTS = "KEYVAULT_GATEWAY_ROOT_KEYS"
ROOTS = tuple(ROOT_KEY_FILES)


def is_named(variable: str) -> bool:
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def visible(*, without: Iterable[str]) -> dict[str, str]:
    """The machine's and the product's variables, ``without`` those (and their ``_FILE`` variants)."""
    withheld = set(without)
    seen = {name: value for name, value in os.environ.items() if name in _MACHINE}
    for name, value in os.environ.items():
        variable = name.removesuffix("_FILE")
        if _PRODUCT.fullmatch(variable) and variable not in withheld:
            seen[name] = value
    return {**seen, **_sources(seen), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(CODE)}


def _sources(seen: dict[str, str]) -> dict[str, str]:
    """The variables that visible root key specs point to (``raw:env:NAME``)."""
    specs = ",".join(seen.get(variable, "") for variable in ROOTS)
    return {name: os.environ[name] for name in _SOURCE.findall(specs) if name in os.environ}
