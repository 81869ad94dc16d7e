"""The keys that tokens are digested and bound under: one as a rule, a second while the first is being replaced."""

import threading
import time
from uuid import UUID

from django.db import OperationalError

from keyvault.errors import Unavailable
from keyvault.installation import guard
from keyvault.keyring import ring
from keyvault.keyring.models import DataKey, DataKeyState
from keyvault.keyring.purposes import Purpose
from keyvault.keyring.ring import InstanceKey
from tokens.integrity import digest

_FRESH = 60.0  # seconds that the list of identifiers is kept; the keys themselves are not
_SOONEST = 5.0  # seconds before a token that nobody knows may have the list read again

_lock = threading.Lock()
_read_at = -_FRESH
_ids: tuple[UUID, ...] = ()


def active_pepper() -> InstanceKey:
    return ring.instance_key(Purpose.PEPPER)


def pepper_of(pepper_id: UUID) -> bytes:
    """Raises CannotOpen."""
    return ring.instance_key_by_id(pepper_id).secret


def digests_of(token: str) -> dict[bytes, bytes]:
    """By each digest that the token may be stored under, the pepper it was made with. No query while fresh.

    Raises Unavailable in a database that was restored: a token that was revoked since may be active there again.
    """
    guard.require_own_database()
    peppers = (pepper_of(pepper_id) for pepper_id in _live_ids(_FRESH))
    return {digest(pepper, token): pepper for pepper in peppers}


def know_more() -> bool:
    """Reads the list again for a token that was not found; says whether there is a pepper that was not known."""
    known = _ids
    return not set(_live_ids(_SOONEST)) <= set(known)


def _live_ids(fresh: float) -> tuple[UUID, ...]:
    global _ids, _read_at
    if time.monotonic() - _read_at < fresh:
        return _ids
    rows = DataKey.objects.filter(purpose=Purpose.PEPPER).exclude(state=DataKeyState.SHREDDED).order_by("-serial")
    try:
        ids = tuple(rows.values_list("id", flat=True))
    except OperationalError as problem:
        raise Unavailable("The database does not answer.") from problem
    with _lock:
        _ids, _read_at = ids, time.monotonic()
    return ids
