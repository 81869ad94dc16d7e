"""Every table that holds envelopes under the data keys of organizations."""

from django.db import connection

from keyvault.keyring.resealing import Shelf
from keyvault.secrets.resealing import VERSIONS
from tokens.resealing import SEALED_TOKENS

SHELVES: tuple[Shelf, ...] = (VERSIONS, SEALED_TOKENS)

_PATIENCE = "2s"


def hold_shelves_still() -> None:
    """Waits for the writers of now and keeps others off until the caller's transaction ends.

    What they seal afterwards is checked by the trigger, which then sees what the caller did. Raises OperationalError
    where a writer does not end.
    """
    tables = ", ".join(shelf.table for shelf in SHELVES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
        cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")
