"""Being the one host of a data folder: its lock, its note, the secrets that only a host makes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from keyvault.embedded.credentials import ROOT_KEY_FILES, Credentials, make_root_key, root_key_file
from keyvault.embedded.servers import Host, Servers, Wanted, names
from keyvault.processes.errors import CannotStart
from keyvault.processes.locks import lock_file
from keyvault.processes.private import make_private_folder
from keyvault.processes.strays import sweep_strays

_PATIENCE = {Host.UP: 60.0, Host.KEEPER: 1.0}  # seconds; commands are short, and a probe holds the lock for an instant


class AlreadyHosted(CannotStart):
    """Another process holds this data folder."""


@contextmanager
def hosting(var: Path, host: Host, wanted: Wanted) -> Iterator[Servers]:
    """Plans the servers and writes the note; starts nothing. Raises AlreadyHosted, which names the holder."""
    own_folder(var).chmod(0o700)
    with lock_file(hosts_lock(var)) as lock:
        _refuse_second_up(var, host)
        if not lock.take(within=_PATIENCE[host]):
            raise AlreadyHosted(_holder(var))
        sweep_strays(var)
        servers = Servers.plan(host, wanted)
        servers.write(var)
        try:
            yield servers
        finally:
            Servers.forget(var)


def own_folder(var: Path) -> Path:
    """Raises CannotStart for another user's, in which we could read nothing or, as root, take files away from him."""
    try:
        owner = make_private_folder(var).stat().st_uid
    except PermissionError:
        raise CannotStart(f"{var} cannot be made: set KEYVAULT_DATA_DIR to a place that you may write to.") from None
    if owner != os.geteuid():
        raise CannotStart(f"{var} belongs to user {owner}: run KeyVault as that user, or set KEYVAULT_DATA_DIR.")
    return var


def make_secrets(var: Path, environment: Mapping[str, str]) -> Credentials:
    """Those that the environment does not name; what was made once stays."""
    for variable in ROOT_KEY_FILES:
        if not names(environment, variable):
            make_root_key(root_key_file(var, variable))
    return Credentials.read_or_make(var)


def hosts_lock(var: Path) -> Path:
    """Held alone by the host."""
    return var / "servers.lock"


def users_lock(var: Path) -> Path:
    """Shared by the commands that use a keeper's servers."""
    return var / "users.lock"


def is_hosted(var: Path) -> bool:
    with lock_file(hosts_lock(var)) as lock:
        return not lock.is_free_to_share()


def _refuse_second_up(var: Path, host: Host) -> None:
    note = Servers.read(var)
    if host is Host.UP and note is not None and note.host is Host.UP and note.pid != os.getpid() and is_hosted(var):
        raise AlreadyHosted(_holder(var))


def _holder(var: Path) -> str:
    note = Servers.read(var)
    if note is None:
        return f"Another KeyVault process is starting or stopping on {var}."
    if note.host is Host.UP:
        return f"KeyVault already runs on {var}: process {note.pid}."
    return f"A command still uses the embedded servers on {var} (kept by process {note.pid}): let it end first."
