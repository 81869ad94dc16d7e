"""Exporting an environment for other programs: every value is a read, recorded before it is opened."""

import datetime as dt
from dataclasses import dataclass, field

from audit.services import Receipt
from keyvault.actor import Actor
from keyvault.errors import Conflict
from keyvault.secrets import exposure
from keyvault.secrets.export_formats import FORMATS, write
from keyvault.secrets.models import Environment, SecretVersion
from keyvault.secrets.names import collisions, variable_of
from keyvault.secrets.services.revealing import Revealed, read_many, readable_versions
from orgs.names import invalid
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Exported:
    text: str = field(repr=False)
    count: int
    receipts: tuple[Receipt, ...]


def export_environment(
    *, actor: Actor, environment: Environment, format: str, dialect: str = "", reason: str = "", prefix: str = ""
) -> Exported:
    """Every value that the actor may export, the gateway's own left out. Raises Conflict where two secrets would be
    one variable, Invalid for a format, or for a value that the format cannot hold.
    """
    if format not in FORMATS:
        raise invalid("format", f"A format is one of {', '.join(FORMATS)}.")
    rows = readable_versions(actor, environment, Action.EXPORT_SECRETS, prefix)
    _refuse_collisions(rows)
    read = read_many(Action.EXPORT_SECRETS, actor, environment, rows, reason, exposure.EXPORTED)
    variables = {name: data for item in read for name, data in _variables(item).items()}
    if twice := collisions(name for item in read for name in _variables(item)):
        raise _collide(twice)
    text = write(format, variables, dialect=dialect, now=dt.datetime.now(dt.UTC))
    return Exported(text, len(read), tuple(item.receipt for item in read))


def _variables(item: Revealed) -> dict[str, bytes]:
    secret = item.version.secret
    if not item.value.is_text or "" in item.value.parts:
        return {variable_of(secret.name, configured=secret.variable): item.value.data}
    return {
        variable_of(secret.name, configured=secret.variable, part=part): text.encode()
        for part, text in item.value.parts.items()
    }


def _refuse_collisions(rows: list[SecretVersion]) -> None:
    """Before anything is read."""
    if twice := collisions(variable_of(row.secret.name, configured=row.secret.variable) for row in rows):
        raise _collide(twice)


def _collide(variables: list[str]) -> Conflict:
    return Conflict(
        f"Two secrets would both be the variable {variables[0]}.",
        rule="variable-collision",
        remedy="Give one of them a variable of its own.",
    )
