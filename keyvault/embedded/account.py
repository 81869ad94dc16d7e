"""Who PostgreSQL runs as: it refuses to be root."""

import os
from pathlib import Path

from keyvault.embedded.binaries import postgres_binary
from keyvault.processes.errors import CannotStart
from keyvault.processes.linux import NOBODY, become_nobody, namespaces_allowed
from keyvault.processes.program import Account


def postgres_account() -> Account:
    """Ourselves where we are not root; else nobody inside a user namespace; where that is refused, plainly nobody."""
    if os.geteuid() != 0:
        return Account()
    if namespaces_allowed():
        return Account(enter=become_nobody)
    return Account(uid=NOBODY, gid=NOBODY)


def hand_over(data: Path, account: Account) -> None:
    """Gives the file or folder to the account, when another one has it. Root alone can and need do so."""
    if os.geteuid() != 0:
        return
    if account.gid is not None:
        _open_the_way(data.parent, account.gid)
    uid, gid = account.uid or 0, account.gid or 0
    if data.stat().st_uid != uid:
        for path in (data, *data.rglob("*")):
            os.lchown(path, uid, gid)


def _open_the_way(var: Path, gid: int) -> None:
    """The plain change of user must pass through the private folder: its group may. Nothing outside is changed."""
    for folder in (*Path(postgres_binary("postgres")).parents, *var.parents):
        if not folder.stat().st_mode & 0o001:
            raise CannotStart(
                "PostgreSQL refuses to run as root, this machine refuses user namespaces, and other users cannot enter "
                f"{folder}: run KeyVault as an ordinary user, move it or its KEYVAULT_DATA_DIR, or set DATABASE_URL."
            )
    os.chown(var, -1, gid)
    var.chmod(0o710)
