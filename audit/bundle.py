"""A bundle: logs as files that anybody can check with ``kv_audit_verify.py`` and a public key; see docs/audit.md."""

import datetime as dt
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from audit.entry import INSTANCE
from audit.models import Checkpoint, Tile
from audit.notes import published
from audit.pruned import pruned_months
from audit.sealing.logs import origin_of
from audit.snapshot import one_moment, streamed
from audit.tiles import path_of
from audit.verifier.kv_audit_verify import ENTRIES, FORMAT, HASHES, VERSION, Report

_NOTES, _TILES = 2000, 100  # fetched at a time; a full tile has 8 KiB

_LEAVES = """
    SELECT leaf_index, leaf_hash, event_id, COALESCE(statement, entry) FROM audit_leaf
    LEFT JOIN audit_event ON audit_event.id = audit_leaf.event_id AND audit_event.id >= %s AND audit_event.id < %s
    WHERE log_id = %s AND epoch = %s ORDER BY leaf_index
"""
_EVER = (UUID(int=0), UUID(int=(1 << 128) - 1))


class NothingToExport(Exception):
    """The sentence says why."""


Within = tuple[UUID, UUID]
"""Events from the first id on, up to and without the second."""


def export(
    folder: Path, *, host: str, public: bytes, org_id: UUID | None = None, within: Within = _EVER
) -> list[dict[str, Any]]:
    """Every log, or one organization's; returns the manifest's list. Raises NothingToExport, FileExistsError.

    One snapshot, so that what the sealer adds meanwhile is in none of the files. Of events that are not ``within``, or
    that were pruned, the line is empty and the hash stands in ``hashes.txt``.
    """
    folder.mkdir(mode=0o700, parents=True)
    with one_moment():
        logs = sealed_logs(org_id)
        if not logs:
            raise NothingToExport("Nothing of it is sealed yet.")
        entries = [_export(folder, host, log_id, epoch, within) for log_id, epoch in logs]
    names = "".join(published(entry["origin"], public) + "\n" for entry in entries)
    (folder / "keys.txt").write_text("# Not a proof: compare these with the key that you were given.\n" + names)
    manifest = {"format": FORMAT, "v": VERSION, "made": dt.datetime.now(dt.UTC).isoformat(), "logs": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return entries


def sealed_logs(org_id: UUID | None = None) -> list[tuple[UUID, int]]:
    """(log, epoch) of all that have a leaf or a checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT log_id, epoch FROM audit_checkpoint WHERE log_id = %s OR %s GROUP BY 1, 2 "
            "UNION SELECT log_id, epoch FROM audit_leaf WHERE log_id = %s OR %s GROUP BY 1, 2 ORDER BY 1, 2",
            [org_id or INSTANCE, org_id is None] * 2,
        )
        return [(log_id, epoch) for log_id, epoch in cursor.fetchall()]


def _export(folder: Path, host: str, log_id: UUID, epoch: int, within: Within) -> dict[str, Any]:
    name = ("instance" if log_id == INSTANCE else str(log_id)) + (f"-e{epoch}" if epoch else "")
    place = folder / name
    place.mkdir()
    size = _write_entries(place, log_id, epoch, within)
    _write_checkpoints(place / "checkpoints.txt", log_id, epoch)
    _write_tiles(place, log_id, epoch)
    origin = origin_of(host, log_id, epoch)
    return {"origin": origin, "log": str(log_id), "epoch": epoch, "folder": name, "size": size}


def _write_entries(place: Path, log_id: UUID, epoch: int, within: Within) -> int:
    """An event that is gone though neither pruned nor beyond ``within`` gets no hash: to the verifier it is missing."""
    size, pruned = 0, pruned_months(Report())
    with (place / ENTRIES).open("wb") as entries, (place / HASHES).open("w", encoding="ascii") as hashes:
        for index, digest, event_id, entry in streamed(_LEAVES, [*within, log_id, epoch]):
            entries.write((bytes(entry) if entry is not None else b"") + b"\n")
            if entry is None and (pruned.has(event_id) or not within[0] <= event_id < within[1]):
                hashes.write(f"{index} {bytes(digest).hex()}\n")
            size += 1
    return size


def _write_checkpoints(path: Path, log_id: UUID, epoch: int) -> None:
    notes = Checkpoint.objects.filter(log_id=log_id, epoch=epoch).order_by("size").values_list("note", flat=True)
    with path.open("w", encoding="utf-8") as file:
        for note in notes.iterator(_NOTES):
            file.write(note + "\n")


def _write_tiles(place: Path, log_id: UUID, epoch: int) -> None:
    tiles = Tile.objects.filter(log_id=log_id, epoch=epoch).values_list("level", "tile_index", "hashes")
    for level, index, hashes in tiles.iterator(_TILES):
        path = place / path_of(level, index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(hashes))
