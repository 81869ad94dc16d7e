"""What ``manage.py audit`` does, one function for each act; each returns the exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import Error

from audit import bundle, partitions, pruning
from audit.listing import lines
from audit.models import Sealer
from audit.notes import published
from audit.sealing import epochs, sealer, seed, witnesses
from audit.sealing.errors import SealerRefuses
from audit.sealing.logs import origin_of
from audit.sealing.state import State
from audit.verifications import keep
from audit.verifier import kv_audit_verify as verifier
from audit.verifying import verify_database
from keyvault.owner import database_owner, database_sealer


class Output(Protocol):
    def write(self, text: str) -> Any: ...


class CannotAct(Exception):
    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """Under which host and key the logs are signed. ``is_kept_apart``: known from elsewhere than the database."""

    host: str
    public: bytes
    is_kept_apart: bool
    note: str = ""


def make_months(out: Output, *, months: int, **options: Any) -> int:
    if not 0 <= months <= 120:
        raise CannotAct("--months is between 0 and 120.")
    made = partitions.make_ahead(months)
    out.write(f"{made} made, {partitions.months_ahead()} months ahead.")
    return 0


def seal(out: Output, **options: Any) -> int:
    with _refusals(), database_sealer():
        done = sealer.seal_all(settings.KEYVAULT_SEALER_DIR)
        failures = witnesses.tell_witnesses(settings.KEYVAULT_SEALER_DIR)
    out.write(f"{done.sealed} events sealed.")
    for event_id, finding in done.refused:
        out.write(f"event {event_id} is not sealed: {finding}")
    for failure in failures:
        out.write(failure)
    return 1 if done.refused else 0


def keys(out: Output, **options: Any) -> int:
    found = identity()
    for log_id, epoch in bundle.sealed_logs():
        out.write(published(origin_of(found.host, log_id, epoch), found.public))
    if not found.is_kept_apart:
        out.write("# Read from the database, which proves nothing: the sealer's folder has the key itself.")
    return 0


def verify(out: Output, **options: Any) -> int:
    try:
        report = verify_database(_trust(options), host=identity().host)
    except (verifier.CannotRun, OSError, Error, ValueError) as problem:
        raise CannotAct(f"Cannot verify: {problem}", verifier.CANNOT_RUN) from None
    keep(report)
    (verifier.tell_json if options["json"] else verifier.tell)(report)
    return report.exit_code


def export(out: Output, *, folder: str, org: str | None, **options: Any) -> int:
    found = identity()
    try:
        logs = bundle.export(Path(folder), host=found.host, public=found.public, org_id=UUID(org) if org else None)
    except (bundle.NothingToExport, OSError, ValueError, Error) as problem:
        raise CannotAct(f"Nothing was exported: {problem}") from None
    out.write(f"{sum(log['size'] for log in logs)} leaves of {len(logs)} logs in {folder}.")
    return 0


def prune(out: Output, *, before: str, folder: str, **options: Any) -> int:
    with database_owner():
        found = identity()
        if not found.is_kept_apart:
            raise CannotAct("The sealer's folder is not readable here: an archive is checked with its key, no other.")
        try:
            for month in pruning.months_before(pruning.Month.parse(before)):
                done = pruning.prune(month, Path(folder), host=found.host, public=found.public)
                out.write(f"{month.name}: {done.events} events are in {done.archive} alone.")
        except (pruning.CannotPrune, bundle.NothingToExport, OSError, Error) as problem:
            raise CannotAct(f"Nothing more was pruned: {problem}") from None
    return 0


def list_events(out: Output, *, org: str, format: str, **options: Any) -> int:
    try:
        for line in lines(format, UUID(org)):
            out.write(line)
    except (ValueError, Error) as problem:
        raise CannotAct(f"Nothing was listed: {problem}") from None
    return 0


def new_epoch(out: Output, *, reason: str, **options: Any) -> int:
    with _refusals(), database_sealer():
        done = epochs.begin_epoch(settings.KEYVAULT_SEALER_DIR, reason=reason)
    origin, size, *_ = done.note.split("\n")
    out.write(f"{origin} begins with {size} leaves; {done.sealed} events sealed.")
    return 0


def identity() -> Identity:
    """By the sealer's folder, if this user may read it, else as the database says. Raises CannotAct."""
    folder = settings.KEYVAULT_SEALER_DIR
    try:
        if seed.has_seed(folder):
            with State.held(seed.own_folder(folder)) as state:
                host, note = (state.fact(name) or b"" for name in ("host", "note"))
            return Identity(host.decode(), seed.load_key(folder).public_key().public_bytes_raw(), True, note.decode())
    except SealerRefuses as refusal:
        raise CannotAct(str(refusal), verifier.CANNOT_RUN) from None
    except PermissionError:
        pass
    row = Sealer.objects.first()
    if row is None:
        raise CannotAct("No sealer has been at work yet: there is no key.", verifier.CANNOT_RUN)
    return Identity(row.host, bytes(row.public_key), False)


def _trust(options: dict[str, Any]) -> verifier.Trust:
    """On the sealer's machine its memory is one more witness, though no independent one."""
    found = identity()
    given = verifier.given_keys(options["public_key"])
    notes = verifier.given_notes(options["witness"])
    own = verifier.Key("", found.public)
    return verifier.Trust(
        keys=given or [own],
        is_independent=bool(given) or found.is_kept_apart,
        witness=notes,
        own_notes=[found.note] if found.note else [],
        receipts=verifier.given_receipts(options["receipts"], options["lines"]),
    )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except SealerRefuses as refusal:
        raise CannotAct(str(refusal)) from None
    except TimeoutError as late:
        raise CannotAct(f"Not now: {late}.", 2) from None
