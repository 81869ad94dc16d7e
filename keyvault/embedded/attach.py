"""A command's use of the embedded servers: those of a running ``up``, of another command's keeper, or of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from keyvault.embedded.host import is_hosted, own_folder, users_lock
from keyvault.embedded.servers import READY, Host, Servers, Wanted
from keyvault.processes.errors import CannotStart
from keyvault.processes.locks import Lock, lock_file

CODE = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0  # seconds for another one's servers to become ready


@contextmanager
def attached(var: Path, wanted: Wanted, *options: str) -> Iterator[Servers]:
    """Servers that answer for as long as the block runs; ``options`` are the keeper's. Raises CannotStart."""
    own_folder(var)
    with lock_file(users_lock(var)) as users:
        users.share()
        servers = _find_or_start(var, wanted, options)
        if not servers.serve(wanted):
            raise CannotStart(
                "The embedded servers that now run are not all that this command needs: end what uses them first."
            )
        try:
            yield servers
        finally:
            _leave(var, users, servers.host)


def _find_or_start(var: Path, wanted: Wanted, options: Sequence[str]) -> Servers:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if not is_hosted(var):
            _start_keeper(var, wanted, options)
        servers = Servers.read(var)
        if servers is not None and servers.ready and is_hosted(var):
            return servers
        time.sleep(0.05)
    raise CannotStart(f"The embedded servers on {var} did not become ready within {_PATIENCE:.0f} seconds.")


def _start_keeper(var: Path, wanted: Wanted, options: Sequence[str]) -> None:
    """In a session of its own: Ctrl-C ends the command, and the keeper only after it."""
    servers = [name for name, is_wanted in (("postgres", wanted.postgres), ("redis", wanted.redis)) if is_wanted]
    # Our own outputs stay ours: who reads them would else wait for the keeper's end.
    with (var / "servers.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "keyvault.embedded.keeper", str(var), *servers, *options],
            cwd=CODE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    assert keeper.stdout is not None  # noqa: S101  it is a pipe
    with keeper.stdout as output:
        answer = output.read()
    if answer != READY:
        keeper.wait()
        raise CannotStart(answer or f"the keeper of the embedded servers failed: {var}/servers.log says why.")


def _leave(var: Path, users: Lock, host: Host) -> None:
    """Lets go of the keeper, which ends without users, and waits for that: the command leaves nothing running."""
    users.release()
    deadline = time.monotonic() + _PATIENCE
    while host is Host.KEEPER and is_hosted(var) and time.monotonic() < deadline:
        if _others_use(users):
            return
        time.sleep(0.02)


def _others_use(users: Lock) -> bool:
    """The keeper holds this lock alone when it ends."""
    if not users.is_free_to_share():
        return False
    alone = users.take()
    users.release()
    return not alone
