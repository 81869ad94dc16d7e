"""What a process makes sure of before it serves anybody."""

from django.db import Error, connection

from keyvault.backends import in_the_clear
from keyvault.errors import Unavailable
from keyvault.installation.guard import DatabaseRefused
from keyvault.keyring import ring
from keyvault.keyring.purposes import Ring
from keyvault.processes.errors import CannotStart


def require_cover() -> None:
    """Raises CannotStart where values would cross a network to PostgreSQL or Redis without verified TLS."""
    if found := in_the_clear():
        raise CannotStart(" ".join(found))


def require_key_ring(*rings: Ring) -> None:
    """Raises CannotStart, with the fingerprints of the root keys held and needed; changes nothing.

    Nor does it start on a database in recovery. On one that was restored it does, and refuses every token.
    """
    try:
        ring.require_ready(*rings)
    except Unavailable as refusal:
        raise CannotStart(refusal.detail) from None
    except DatabaseRefused as refusal:
        raise CannotStart(str(refusal)) from None
    except Error as problem:
        raise CannotStart(f"the database does not answer ({type(problem).__name__}).") from None
    finally:
        connection.close()  # a forked worker must not inherit it
