"""The events of use: one for each token, provider and address of a minute that is over."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit.delegated import JOURNAL_SPOILED, USE, prepare_by_gateway, write_by_gateway
from audit.entry import JSON, Outcome
from audit.rows import Prepared
from gateway.flushing import statements
from gateway.flushing.whose import Owner, owners
from keyvault.actor import Origin, system
from keyvault.target import Ref, Target

_LATE = dt.timedelta(seconds=5)
"""After a minute, until what ended in it is in the database of all workers that write."""


def tell_due(now: dt.datetime) -> int:
    """The number of events. Raises django.db.Error and Unavailable, and then the rows wait."""
    with transaction.atomic():
        rows = _due((now - _LATE).replace(second=0, microsecond=0))
        if rows:
            whose = owners({row[2] for row in rows})
            write_by_gateway([_event(row, whose) for row in rows])
    return len(rows)


def tell_spoiled(name: str) -> None:
    """A journal that somebody altered. Raises django.db.Error and Unavailable."""
    actor, details = system("gateway"), {"journal": name}
    write_by_gateway(
        [prepare_by_gateway(JOURNAL_SPOILED, actor=actor, on=Target(org=None), outcome=Outcome.ERROR, details=details)]
    )


def _due(until: dt.datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statements.DUE, [until])
        due: list[tuple[Any, ...]] = cursor.fetchall()
    return due


def _event(row: tuple[Any, ...], whose: Mapping[UUID, Owner]) -> Prepared:
    org, minute, token, provider, address, requests, errors, tokens, spend = row
    details: dict[str, JSON] = {
        "provider": provider, "minute": minute.strftime("%Y-%m-%dT%H:%MZ"), "requests": requests, "errors": errors,
        "tokens": tokens, "spend_micros": spend,
    }  # fmt: skip
    origin = Origin(address=str(address) if address else None)
    owner = whose.get(token)
    if owner is None:  # the token's row is gone
        on = Target(org=Ref(org, ""), token=Ref(token, ""))
        return prepare_by_gateway(USE, actor=system("gateway"), on=on, details=details)
    return prepare_by_gateway(USE, actor=owner.actor(org, origin), on=owner.place, details=details)
