"""Installations for the tests that start the whole product."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyvault.processes.linux import NOBODY
from tests.ops.installation import CODE, Installation


@pytest.fixture
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """Ours; the tests of :func:`every_account` run it as an ordinary user too, where we are root and one can be."""
    account = getattr(request, "param", None)
    folder = Path(tempfile.mkdtemp(prefix="keyvault-ops-"))
    if account is not None:
        os.chown(folder, *account)
    made = Installation(folder, account=account)
    yield made
    made.end()
    shutil.rmtree(folder)


def accounts() -> list[tuple[int, int] | None]:
    """Ourselves, and nobody where we are root and nobody can enter this checkout and its Python."""
    nobody = (NOBODY, NOBODY)
    return [None, nobody] if os.geteuid() == 0 and _can_run(nobody) else [None]


def _can_run(account: tuple[int, int]) -> bool:
    user, group = account
    try:
        subprocess.run(
            [sys.executable, "-c", "import keyvault.web"],
            cwd=CODE,
            env={},
            user=user,
            group=group,
            extra_groups=[],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


every_account = pytest.mark.parametrize("installation", accounts(), indirect=True, ids=str)
