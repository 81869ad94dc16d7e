"""One look of the sealer: check the state against the database, check every event, grow the logs, sign, write.

Signed is only what continues what was signed before. The batch is on the disk of the state before its signatures leave
this process, and confirmed once the database has committed it; a crash in between is finished at the next look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from audit.entry import INSTANCE
from audit.projection import MacKeys, Row, finding_of
from audit.sealing import database, place, seed
from audit.sealing.batch import MOST, unsealed
from audit.sealing.database import FoundHead, is_behind
from audit.sealing.errors import Cut, Inconsistent, SealerRefuses
from audit.sealing.growth import Batch, Signer, grow_logs
from audit.sealing.state import Head, State
from audit.services import Outcome, record
from keyvault.actor import system
from keyvault.installation import guard
from keyvault.target import Ref, Target


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to: how many events were sealed, and the newest checkpoint of the installation's log.

    ``onward`` is where the next look goes on at once, because this one was full.
    """

    sealed: int
    refused: Sequence[tuple[UUID, str]] = ()
    note: str = field(default="", repr=False)
    onward: UUID | None = None


def look(folder: Path, *, everything: bool = False, most: int = MOST, onward: UUID | None = None) -> Look:
    """Seals what is there, at most ``most`` events. ``everything`` looks beyond the last hour and at every log's head.

    Raises SealerRefuses, and then nothing was signed. Call it outside of a transaction.
    """
    with State.held(seed.own_folder(folder)) as state:
        place.require_own_database(state)
        signer = _signer(folder, state)
        try:
            with transaction.atomic(durable=True):
                if not database.take_the_only_place():
                    return Look(0)
                _finish(state)
            return _seal(state, signer, everything=everything, most=most, onward=onward)
        except Cut:
            guard.doubt(place.CUT)
            raise


def seal_all(folder: Path) -> Look:
    """Until nothing is left."""
    done = whole = look(folder, everything=True)
    while done.onward:
        done = look(folder, onward=done.onward)
        whole = Look(whole.sealed + done.sealed, [*whole.refused, *done.refused], done.note or whole.note)
    return whole


def current_epoch(state: State) -> int:
    return int(state.fact("epoch") or b"0")


def _signer(folder: Path, state: State) -> Signer:
    if state.is_new:
        _begin(folder, state)
    host = state.fact("host") or b""
    return Signer(host.decode(), seed.load_key(folder))


def _begin(folder: Path, state: State) -> None:
    """The first start of all: only where nothing was ever sealed."""
    if not database.is_unsealed():
        raise SealerRefuses(
            f"The database holds a sealed log, and {folder} does not know it. Put the sealer's folder back, or, if it "
            "is lost, begin a new epoch: manage.py audit new-epoch."
        )
    seed.make_seed(folder)
    state.keep("host", (urlsplit(settings.KEYVAULT_URL).hostname or "localhost").encode())


def _finish(state: State) -> None:
    """A batch that was signed and perhaps not written: it stands in the database, or it is written now."""
    packed = state.intended
    if packed is None:
        return
    batch = Batch.unpack(packed)
    if not database.is_written(batch):
        log_ids = [head.log_id for head in batch.heads]
        _require_same(state.heads(log_ids), database.found_heads(current_epoch(state), log_ids))
        database.write(batch)
    transaction.on_commit(lambda: state.confirm(batch.heads, batch.note))


def _seal(state: State, signer: Signer, *, everything: bool, most: int, onward: UUID | None) -> Look:
    refused: list[tuple[UUID, str]] = []
    epoch = current_epoch(state)
    with transaction.atomic(durable=True):
        if not database.take_the_only_place():
            return Look(0)
        if everything:
            _require_same(state.heads(), database.found_heads(epoch))
        rows = unsealed(everything=everything, without=state.refused, most=most, onward=onward)
        good = _checked(rows, refused)
        touched = {INSTANCE, *(row["org_id"] for row in good)}
        heads = state.heads(touched)
        _require_same(heads, database.found_heads(epoch, touched))
        opening = state.fact("opening")
        batch = grow_logs(good, heads, epoch, signer, [opening] if opening else [])
        if batch.growths:
            state.intend(batch.pack())
            _write(batch)
    if batch.growths:
        state.confirm(batch.heads, batch.note)
    for event_id, finding in refused:
        _alarm(state, event_id, finding)  # an event of its own, sealed with the next look
    return Look(batch.events, refused, batch.note, rows[-1]["id"] if len(rows) == most else None)


def _write(batch: Batch) -> None:
    try:
        database.write(batch)
    except IntegrityError as error:
        raise Inconsistent("A leaf or checkpoint stands where the next one belongs.") from error


def _checked(rows: Sequence[Row], refused: list[tuple[UUID, str]]) -> list[Row]:
    """A signature under a forged row would make it true: rows that fail are left out."""
    keys, good = MacKeys(), []
    for row in rows:
        if finding := finding_of(row, keys):
            refused.append((row["id"], finding))
        else:
            good.append(row)
    return good


def _alarm(state: State, event_id: UUID, finding: str) -> None:
    """Once for each row, because a refused row is not looked at again."""
    record(
        "audit:tampered",
        actor=system("sealer"),
        on=Target(org=None, about=Ref(event_id, "event")),
        outcome=Outcome.ERROR,
        reason=finding,
    )
    state.refuse(event_id, finding)


def _require_same(known: Mapping[UUID, Head], found: Mapping[UUID, FoundHead]) -> None:
    if differences := database.differences(known, found):
        cut = any(is_behind(found.get(log_id), head) for log_id, head in known.items())
        raise (Cut if cut else Inconsistent)(
            "The database is not the one that was sealed: "
            + "; ".join(differences[:5])
            + ". If a backup was restored on purpose: manage.py restore accept, then manage.py audit new-epoch."
        )
