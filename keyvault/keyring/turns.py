"""Who may touch the ring when: one ceremony alone, or any number of sign-ups that make data keys."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from keyvault.errors import Conflict

_RING = 0x4B56_5249_4E47  # "KVRING": the advisory lock's number
_PATIENCE = "30s"
_LOCK_NOT_AVAILABLE = "55P03"


@contextmanager
def ceremony() -> Iterator[None]:
    """A transaction that has the ring to itself. Raises Conflict when another ceremony does not end.

    The lock is the transaction's: it outlives no crash and works behind a transaction pooler.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RING])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise Conflict("Another key ceremony is running: try again when it has ended") from None
        yield


def hold_ring_still() -> None:
    """Until the caller's transaction ends no ceremony changes the roots that a new data key is wrapped under."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_RING])
