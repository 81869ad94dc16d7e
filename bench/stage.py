"""A throwaway installation to measure: durable PostgreSQL and Redis of its own, migrated, with keys and data."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keyvault.embedded.attach import CODE, attached
from keyvault.embedded.credentials import Credentials
from keyvault.embedded.environment import complete
from keyvault.embedded.servers import Wanted

_SEED = "from bench.seed import seed; seed()"


@dataclass(frozen=True, slots=True)
class Stage:
    folder: Path
    postmaster: int

    @property
    def facts(self) -> Path:
        return self.folder / "facts.json"


@contextmanager
def staged(seed: str = _SEED) -> Iterator[Stage]:
    """Filled by ``seed``, a line of Python.

    PostgreSQL keeps its promises here (fsync, synchronous commit): a read that is not logged durably is no read.
    """
    with tempfile.TemporaryDirectory(prefix="keyvault-bench-") as name:
        folder = Path(name)
        for variable in ("DATABASE_URL", "REDIS_URL", "KEYVAULT_OWNER_DATABASE_URL", "KEYVAULT_SEALER_DATABASE_URL"):
            os.environ.pop(variable, None)
        with attached(folder, Wanted(postgres=True, redis=True)) as servers:
            complete(os.environ, folder, servers, Credentials.read(folder))
            os.environ |= {"KEYVAULT_TOKEN_RATE": "100000000", "KEYVAULT_ADDRESS_RATE": "100000000"}
            os.environ["BENCH_FACTS"] = str(folder / "facts.json")
            for command in (
                ["manage.py", "migrate", "-v", "0"],
                ["manage.py", "keys", "init"],
                ["manage.py", "shell", "-c", seed],
            ):
                subprocess.run([sys.executable, *command], cwd=CODE, stdout=subprocess.DEVNULL, check=True)
            yield Stage(folder, _postmaster(folder))


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
