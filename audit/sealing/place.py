"""The sealer's memory of which database it seals, which no restore of the database takes back."""

from uuid import UUID

import orjson

from audit.sealing.errors import Inconsistent
from audit.sealing.state import State
from keyvault.installation import guard
from keyvault.installation.identity import Found, Memory

CUT = "The audit log lost its newest events: the database went back in time."
"""The sealer's own doubt. It stands in the way of tokens; what does not fit the sealer finds anew at each look."""

_FACT = "installation"
_REMEDY = "If that is meant: manage.py restore accept."


def require_own_database(state: State) -> None:
    """Raises Inconsistent for a database that is not the one of the last look, after doubting it for all processes."""
    now, remembered = guard.found(), _remembered(state)
    trouble = now.trouble(remembered)
    if trouble and trouble != CUT:
        if not now.trouble():
            guard.doubt(trouble)
        raise Inconsistent(f"{trouble} {_REMEDY}")
    _remember(state, now)


def _remembered(state: State) -> Memory | None:
    kept = state.fact(_FACT)
    if kept is None:
        return None
    facts = orjson.loads(kept)
    return Memory(UUID(facts["id"]), facts["epoch"], facts["place"], facts["written"])


def _remember(state: State, now: Found) -> None:
    kept = {"id": str(now.id), "epoch": now.epoch, "place": now.place, "written": now.written}
    state.keep(_FACT, orjson.dumps(kept))
