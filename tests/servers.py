"""The PostgreSQL and Redis of a test run: those of the environment, or its own, thrown away however the run ends."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keyvault.embedded.attach import attached
from keyvault.embedded.binaries import POSTGRES_MAJOR
from keyvault.embedded.credentials import Credentials
from keyvault.embedded.environment import complete
from keyvault.embedded.host import make_secrets
from keyvault.embedded.servers import Wanted


@contextmanager
def environment_for_tests() -> Iterator[None]:
    """Names servers and fresh keys in the environment, which the workers of a parallel run inherit as it is.

    KEYVAULT_TEST_POSTGRES=16 takes the oldest version that is supported. A killed run lets go of the keeper's lock, and
    the keeper stops the servers and removes their folder.
    """
    wanted, major = Wanted.by(os.environ), os.environ.get("KEYVAULT_TEST_POSTGRES", POSTGRES_MAJOR)
    with tempfile.TemporaryDirectory(prefix="keyvault-tests-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if not wanted.any:
            complete(os.environ, folder, None, make_secrets(folder, os.environ))
            yield
            return
        with attached(folder, wanted, "--throwaway", "--major", major) as servers:
            complete(os.environ, folder, servers.only(wanted), Credentials.read(folder))
            yield
