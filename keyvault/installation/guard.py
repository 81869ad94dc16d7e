"""What this process knows of its database, and the refusal of every token where that is not the one it was.

Each new connection is looked at before anything else is asked of it, and one that lives on every two seconds: no
request asks a statement more. A dump that is loaded over a database while processes work with it is seen within those
two seconds.
"""

import threading
import time
from typing import Any

import psycopg
from django.db import OperationalError, connection

from keyvault.errors import Unavailable
from keyvault.installation.identity import DOUBT, LOOK, UNKNOWN, Found, Memory

RULE = "restored"

_FRESH = 2.0  # seconds
_NEVER = float("-inf")

_lock = threading.Lock()
_memory: Memory | None = None
_trouble = ""
_seen_at = _NEVER


class DatabaseRefused(OperationalError):
    """The connection is given up: what was asked on it was meant for another database."""


def require_own_database() -> None:
    """Before any token is judged. Raises Unavailable with the rule ``restored``; no statement while fresh."""
    if time.monotonic() - _seen_at >= _FRESH:
        look()
    if _trouble:
        raise _refusal(_trouble)


def look() -> str:
    """Asks the database now; the trouble as a sentence, or nothing. Raises Unavailable where it does not answer."""
    try:
        with connection.cursor():  # makes a connection where there is none, or where the old one has died
            return _look(connection.connection)
    except DatabaseRefused as refused:
        return str(refused)
    except (psycopg.Error, OperationalError):
        raise Unavailable("The database does not answer.") from None


def found() -> Found:
    """The database as it is now, apart from what this process remembers."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK)
        return Found.of(cursor.fetchone())


def doubt(sentence: str) -> None:
    """For all processes, until the database's owner accepts the place."""
    with connection.cursor() as cursor:
        cursor.execute(DOUBT, [sentence])


def accept() -> None:
    """As the owner, once what was revoked is revoked again: this database is the one from here on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE installation SET epoch = epoch + 1, place = installation_place(), accepted_at = now(), doubt = ''"
        )
    forget()


def forget() -> None:
    """The next look begins anew."""
    global _memory, _trouble, _seen_at
    with _lock:
        _memory, _trouble, _seen_at = None, "", _NEVER


def look_at_new_connection(connection: Any, **_: Any) -> None:
    """A request that began on another database must not end on this one: the first connection that shows it fails.

    Later ones live, for the pages that need no token. In recovery none lives.
    """
    remembered, knew_of_trouble = _memory, bool(_trouble)
    try:
        now = _ask(connection.connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction):
        return  # before its first migration: nothing was issued yet
    trouble = _judge(connection.connection, now, remembered)
    is_another = remembered is not None and now is not None and now.is_another_than(remembered)
    if trouble and ((is_another and not knew_of_trouble) or trouble == Found.RECOVERY):
        connection.close()
        raise DatabaseRefused(trouble)


def _look(driver: Any) -> str:
    """What is remembered was seen before this look began: of two looks at once neither refutes the other."""
    remembered = _memory
    return _judge(driver, _ask(driver), remembered)


def _ask(driver: Any) -> Found | None:
    """Past Django's cursor: this is no statement of the request."""
    row = driver.execute(LOOK).fetchone()
    return Found.of(row) if row else None


def _judge(driver: Any, now: Found | None, remembered: Memory | None) -> str:
    """What only this process knows it tells the database, for all others and for itself when it starts anew."""
    if now is None:
        return _learn(None, UNKNOWN)
    trouble = now.trouble(remembered)
    if trouble and not now.trouble():
        driver.execute(DOUBT, [trouble])
    return _learn(now, trouble)


def _learn(now: Found | None, trouble: str) -> str:
    """Only what is in order is remembered."""
    global _memory, _trouble, _seen_at  # noqa: PLW0603
    with _lock:
        if now and not trouble and (_memory is None or now.is_later_than(_memory)):
            _memory = now.memory
        _trouble, _seen_at = trouble, time.monotonic()
    return trouble


def _refusal(trouble: str) -> Unavailable:
    return Unavailable(
        trouble,
        rule=RULE,
        remedy="Tokens work again when an operator has run manage.py restore accept (docs/audit.md).",
    )
