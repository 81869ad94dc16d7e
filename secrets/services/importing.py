"""Importing a ``.env``: what it would change, then one change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from audit.services import Receipt, record, record_many
from keyvault.actor import Actor
from keyvault.errors import CannotOpen, Conflict
from keyvault.keyring import ring
from keyvault.secrets.access import grants_of
from keyvault.secrets.dotenv import NAMES_LIMIT, Unreadable, parse
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion
from keyvault.secrets.names import clean_secret_name
from keyvault.secrets.sealing import Placed, open_versions, seal_versions
from keyvault.secrets.services.duplicates import refuse_shared
from keyvault.secrets.services.revealing import current_versions
from keyvault.secrets.values import Value
from orgs import access
from orgs.decide import GrantFacts, decide
from orgs.names import invalid
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Preview:
    """Names only. ``changed`` includes those whose present value the actor may not compare."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    preview: Preview
    receipt: Receipt


def preview_import(*, actor: Actor, environment: Environment, content: str) -> Preview:
    """What :func:`apply_import` would do; nothing is written but the event of a refusal."""
    parsed = parse(content)
    values = {name: Value.of_bytes(_encoded(name, text)) for name, text in parsed.values.items()}
    return _compared(actor, environment, values, parsed.unreadable)


def apply_import(*, actor: Actor, environment: Environment, content: str) -> Imported:
    """All readable lines in one change; the unreadable ones are named and left. Adding new names needs ``add``,
    changing a value needs ``rotate``.
    """
    parsed = parse(content)
    values = {name: _encoded(name, text) for name, text in parsed.values.items()}
    return _imported(actor, environment, values, parsed.unreadable)


def import_values(*, actor: Actor, environment: Environment, values: Mapping[str, bytes]) -> Imported:
    """The same for values that came by another road; names are paths."""
    if len(values) > NAMES_LIMIT:
        raise invalid("values", f"At most {NAMES_LIMIT:,} values at once.")
    return _imported(actor, environment, values, ())


def _imported(
    actor: Actor, environment: Environment, values: Mapping[str, bytes], unreadable: tuple[Unreadable, ...]
) -> Imported:
    wanted = {clean_secret_name(name): Value.of_bytes(data) for name, data in values.items()}
    preview = _compared(actor, environment, wanted, unreadable)
    grants = grants_of(actor, environment.target)
    for name in preview.changed:
        access.require(actor, Action.ROTATE_SECRET, _place(environment, name).target, grants=grants)
    written = [*preview.new, *preview.changed]
    refuse_shared(environment, [wanted[name].data for name in written])
    try:
        with transaction.atomic(durable=True):
            receipt = _write(actor, environment, {name: wanted[name] for name in written}, preview)
    except IntegrityError:
        raise Conflict("A name was given by somebody else meanwhile.", rule="name-taken", remedy="Try again.") from None
    return Imported(preview, receipt)


def _write(actor: Actor, environment: Environment, values: Mapping[str, Value], preview: Preview) -> Receipt:
    counts = {"new": len(preview.new), "changed": len(preview.changed), "same": len(preview.same)}
    receipt = record(Action.IMPORT_SECRETS, actor=actor, on=environment.target, details=counts)
    made = Secret.objects.bulk_create(_place(environment, name) for name in preview.new)
    rows = Secret.objects.filter(org_id=environment.org_id, environment=environment, deleted_at=None)
    held = list(rows.filter(name__in=preview.changed).select_for_update().order_by("pk"))
    for secret in held:
        secret.environment = environment
    versions = seal_versions(actor, [Placed(secret, values[secret.name]) for secret in [*made, *held]])
    _record_each(Action.CREATE_SECRET, actor, versions[: len(made)])
    _record_each(Action.ROTATE_SECRET, actor, versions[len(made) :])
    return receipt


def _record_each(action: Action, actor: Actor, versions: Sequence[SecretVersion]) -> None:
    if versions:
        record_many(action, actor=actor, on=[version.target for version in versions], reason="import")


def _compared(
    actor: Actor, environment: Environment, values: Mapping[str, Value], unreadable: tuple[Unreadable, ...]
) -> Preview:
    grants = grants_of(actor, environment.target)
    for name in values or [""]:
        target = _place(environment, name).target if name else environment.target
        access.require(actor, Action.IMPORT_SECRETS, target, grants=grants)
    present = {row.secret.name: row for row in current_versions(environment).filter(secret__name__in=list(values))}
    if brokered := [name for name, row in present.items() if row.secret.kind == SecretKind.BROKERED]:
        raise Conflict(f"{brokered[0]} is the gateway's own and is not changed by an import.", rule="gateway-only")
    same = _same(actor, environment, present, values, grants)
    return Preview(
        new=tuple(name for name in values if name not in present),
        changed=tuple(name for name in values if name in present and name not in same),
        same=tuple(name for name in values if name in same),
        unreadable=unreadable,
    )


def _same(
    actor: Actor,
    environment: Environment,
    present: Mapping[str, SecretVersion],
    values: Mapping[str, Value],
    grants: Sequence[GrantFacts],
) -> set[str]:
    """Compared by fingerprint, else by opening: only where the actor may read what is compared."""
    may = [
        row
        for row in present.values()
        if decide(Action.REVEAL_SECRET, actor=actor, target=row.secret.target, grants=grants).allowed
    ]
    marks = ring.fingerprints(environment.org_id, [values[row.secret.name].data for row in may])
    searchable = {row.secret.name for row, mark in zip(may, marks, strict=True) if mark and row.fingerprint}
    equal = {row.secret.name for row, mark in zip(may, marks, strict=True) if mark and mark == row.fingerprint}
    return equal | _equal_when_opened([row for row in may if row.secret.name not in searchable], values)


def _equal_when_opened(rows: Sequence[SecretVersion], values: Mapping[str, Value]) -> set[str]:
    """For short values, which have no fingerprint. One that does not open is taken for different."""
    try:
        opened = open_versions(rows)
    except CannotOpen:
        return set()
    return {row.secret.name for row, value in zip(rows, opened, strict=True) if value == values[row.secret.name]}


def _place(environment: Environment, name: str) -> Secret:
    return Secret(org_id=environment.org_id, environment=environment, name=name)


def _encoded(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise invalid("content", f"The value of {name} is not valid Unicode.") from None
