"""A new epoch: what the sealer does when a person says that the database is not the one it signed, and why.

Nothing signed is taken back. Every log begins anew under an origin of its own, and the first leaf of the installation's
log names the last checkpoint of before: whoever kept that one sees what was lost.
"""

import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction

from audit.entry import INSTANCE
from audit.models import Checkpoint
from audit.sealing import database, place, seed
from audit.sealing.errors import SealerRefuses
from audit.sealing.logs import epoch_statement
from audit.sealing.sealer import Look, current_epoch, seal_all
from audit.sealing.state import State
from audit.services import JSON, record
from keyvault.actor import system
from keyvault.target import Target


def begin_epoch(folder: Path, *, reason: str) -> Look:
    """Raises SealerRefuses where nothing was sealed yet, or where a restored database was not accepted.

    Call it outside of a transaction.
    """
    with State.held(seed.own_folder(folder)) as state:
        place.require_own_database(state)
        _begin(folder, state, reason)
    return seal_all(folder)


def _begin(folder: Path, state: State, reason: str) -> None:
    with transaction.atomic(durable=True):
        if not database.take_the_only_place():
            raise SealerRefuses("Another sealer is at work on this database: stop it first.")
        epoch = max(current_epoch(state), _newest_epoch()) + 1
        previous = _last_note(state)
        if not previous:
            raise SealerRefuses("Nothing was sealed yet: there is no epoch to end.")
        details: dict[str, JSON] = {"epoch": epoch, "previous": previous.split("\n")[1]}
        record("audit:epoch", actor=system("sealer"), on=Target(org=None), reason=reason, details=details)
        _adopt(folder, state)
        state.begin_epoch(epoch, epoch_statement(epoch, reason, previous, dt.datetime.now(dt.UTC)))


def _adopt(folder: Path, state: State) -> None:
    """A folder that was lost begins with a key of its own."""
    if state.is_new:
        seed.make_seed(folder)
        state.keep("host", (urlsplit(settings.KEYVAULT_URL).hostname or "localhost").encode())


def _last_note(state: State) -> str:
    """What was signed last, by the sealer's own memory; by the database only where that is lost."""
    if note := state.fact("note"):
        return note.decode()
    newest = Checkpoint.objects.filter(log_id=INSTANCE).order_by("-epoch", "-size").values_list("note", flat=True)
    return newest.first() or ""


def _newest_epoch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(epoch), -1) FROM audit_checkpoint WHERE log_id = %s", [INSTANCE])
        (epoch,) = cursor.fetchone()
    return int(epoch)
