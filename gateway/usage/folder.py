"""The folder of journals: a volume that outlives its processes, shared by the workers of one machine."""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from gateway.usage.journal import SUFFIX

MOST = 1024 * 1024 * 1024
"""Bytes of lines that wait for the database; beyond, requests are refused rather than not recorded."""
_FREE = 0.05  # of the disk
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


class Unfit(Exception):
    """The folder cannot keep journals; the message says why and what to do."""


def prepare(folder: Path, *, may_be_in_memory: bool) -> None:
    """Raises Unfit."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as problem:
        raise Unfit(f"{folder} cannot be used: {problem.strerror}") from None
    kind = filesystem_of(folder)
    if kind in _IN_MEMORY and not may_be_in_memory:
        raise Unfit(
            f"{folder} is in memory ({kind}), where a restart loses what was used: name a folder on a disk in "
            "KEYVAULT_GATEWAY_JOURNAL, or set KEYVAULT_GATEWAY_JOURNAL_IN_MEMORY=true to accept the loss."
        )


def filesystem_of(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """Of the mount that the folder lies in; empty where the system does not tell (proc(5))."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    here, found, longest = str(folder.resolve()), "", -1
    for line in lines:
        before, _, after = line.partition(" - ")
        mount = before.split()[4].replace("\\040", " ")
        is_above = here == mount or here.startswith(mount.rstrip("/") + "/")
        if is_above and len(mount) >= longest:  # of two on one another the later hides the earlier
            found, longest = after.split()[0], len(mount)
    return found


def has_room(folder: Path) -> bool:
    room = os.statvfs(folder)
    waiting = sum(path.stat().st_size for path in _paths(folder))
    return waiting < MOST and room.f_bavail > room.f_blocks * _FREE


def workers_in(folder: Path) -> dict[UUID, list[Path]]:
    """Their files, in the order in which they were written; what is named otherwise is passed over."""
    found: dict[UUID, list[Path]] = {}
    for path in sorted(_paths(folder)):
        try:
            found.setdefault(UUID(path.name[:36]), []).append(path)
        except ValueError:
            continue
    return found


@contextmanager
def locked(paths: Collection[Path]) -> Iterator[bool]:
    """False where a worker still holds one of them, or somebody else adopts them."""
    descriptors: list[int] = []
    try:
        yield all(_lock(path, descriptors) for path in paths)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _lock(path: Path, descriptors: list[int]) -> bool:
    try:
        descriptors.append(os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW))
        fcntl.flock(descriptors[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _paths(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(SUFFIX)]
