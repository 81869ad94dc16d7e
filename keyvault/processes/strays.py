"""What an earlier run left behind when it was killed: found by its mark, ended before anything starts."""

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "KEYVAULT_RUN"


def mark(var: Path) -> dict[str, str]:
    """The variable that every child carries and that its own children inherit: which data folder it serves."""
    return {MARK: str(var)}


def sweep_strays(var: Path) -> None:
    """Only the holder of the data folder's lock may call this. PostgreSQL is left to end by itself, in order."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if _is_stray(process, os.fsencode(f"{MARK}={var}")):
                os.kill(int(process.name), signal.SIGKILL)


def _is_stray(process: Path, marked: bytes) -> bool:
    if int(process.name) == os.getpid():
        return False
    if marked not in (process / "environ").read_bytes().split(b"\0"):
        return False
    return (process / "exe").readlink().name != "postgres"
