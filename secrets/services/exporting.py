"""Exporting an environment for other programs: every value is a read, recorded before it is opened."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from audit.services import Outcome, Receipt, record
from keyvault.actor import Actor
from keyvault.errors import Conflict, Invalid
from keyvault.secrets import exposure
from keyvault.secrets.export_formats import Variable, require_format, write, write_example
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion, ValueType
from keyvault.secrets.names import collisions, variable_of
from keyvault.secrets.services.listing import list_secrets
from keyvault.secrets.services.revealing import Revealed, clean_beginning, read_many, readable_versions
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
    one variable, Invalid for a format, or for a value that the format cannot hold: then there is no text at all.

    The format ``example`` holds names only: it is a list, and nothing is opened for it.
    """
    require_format(format, dialect)
    if format == "example":
        return _export_example(actor, environment, prefix)
    rows = readable_versions(actor, environment, Action.EXPORT_SECRETS, prefix)
    _refuse_collisions(_variable(row.secret) for row in rows if row.type != ValueType.FIELDS)  # before anything is read
    read = read_many(Action.EXPORT_SECRETS, actor, environment, rows, reason)
    text = _written(actor, environment, format, dialect, read)
    for item in read:
        exposure.note(item.version.pk, exposure.EXPORTED, actor)
    return Exported(text, len(read), tuple(item.receipt for item in read))


def _export_example(actor: Actor, environment: Environment, prefix: str) -> Exported:
    secrets = list_secrets(actor=actor, environment=environment).exclude(kind=SecretKind.BROKERED)
    rows = list(secrets.filter(name__startswith=clean_beginning(prefix)).order_by("name"))
    with_fields = _with_fields(rows)
    names = [_variable(secret) for secret in rows if secret.pk not in with_fields]
    several = [_variable(secret) for secret in rows if secret.pk in with_fields]
    return Exported(write_example(names, several), len(rows), ())


def _written(actor: Actor, environment: Environment, format: str, dialect: str, read: Sequence[Revealed]) -> str:
    """A refusal after the reading is an event too: the values were opened and went nowhere."""
    variables = [variable for item in read for variable in _variables(item)]
    try:
        _refuse_collisions(variable.name for variable in variables)
        return write(format, variables, dialect=dialect, now=dt.datetime.now(dt.UTC))
    except (Conflict, Invalid) as refused:
        action = f"{Action.EXPORT_SECRETS}-many"
        record(action, actor=actor, on=environment.target, outcome=Outcome.ERROR, reason=refused.rule)
        raise


def _variables(item: Revealed) -> Iterator[Variable]:
    secret = item.version.secret
    if item.value.type is not ValueType.FIELDS:
        yield Variable(_variable(secret), secret.name, item.value.data)
        return
    for part, text in item.value.parts.items():
        yield Variable(_variable(secret, part), secret.name, text.encode())


def _variable(secret: Secret, part: str = "") -> str:
    return variable_of(secret.name, configured=secret.variable, part=part)


def _with_fields(secrets: Sequence[Secret]) -> set[object]:
    rows = SecretVersion.objects.filter(secret__in=secrets, type=ValueType.FIELDS)
    current = {secret.pk: secret.current for secret in secrets}
    return {pk for pk, version in rows.values_list("secret_id", "version") if current[pk] == version}


def _refuse_collisions(variables: Iterable[str]) -> None:
    if twice := collisions(variables):
        raise Conflict(
            f"Two secrets would both be the variable {twice[0]}.",
            rule="variable-collision",
            remedy="Give one of them a variable of its own.",
        )
